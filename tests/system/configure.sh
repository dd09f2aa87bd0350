# Run as root after the package was installed: a model city on this machine, with its keys as
# systemd credentials.
takar setup --trial
for name in gateway central; do
    key=/var/lib/takar/$name/keys/$name.pem
    systemd-creds encrypt --name=takar.$name.pem $key /etc/credstore.encrypted/takar.$name.pem
    rm $key
    sed -i "s@^private_file = .*$name.pem\"@private_file = \"credential:takar.$name.pem\"@" \
        /etc/takar/$name.toml
done
systemctl restart takar-central takar-gateway
