# A model city on one machine, laid out as on a Pi: run as root after the package was installed.
takar init /root/city --pumps 2 >/dev/null
cd /root/city
etc=/etc/takar
state=/var/lib/takar

same='s@^protocol = .*@protocol = "5"@'
sed -e "$same" \
    -e "s@^state_dir = .*@state_dir = \"$state/gateway\"@" \
    -e 's@^status_socket = .*@status_socket = "/run/takar/gateway.sock"@' \
    -e 's@^forecourt_socket = .*@forecourt_socket = "/run/takar-forecourt/forecourt.sock"@' \
    -e 's@^private_file = .*@private_file = "credential:takar.gateway.pem"@' \
    -e "s@^statements_dir = .*@statements_dir = \"$state/gateway/statements\"@" \
    gateway.toml >$etc/gateway.toml
sed -e "$same" \
    -e "s@^database = .*@database = \"$state/central/central.sqlite3\"@" \
    -e 's@^private_file = .*@private_file = "credential:takar.central.pem"@' \
    central.toml >$etc/central.toml
chown root:takar $etc/gateway.toml
chown root:takar-central $etc/central.toml
chmod 640 $etc/gateway.toml $etc/central.toml
# Both are on this machine.
chmod 755 $etc

install -d -m 750 -o takar -g takar $state/gateway
install -d -m 700 -o takar-central -g takar-central $state/central
cp gateway/* $state/gateway
cp -r keys/gateway/central $state/gateway/statements
cp central/* $state/central
chown -R takar:takar $state/gateway
chown -R takar-central:takar-central $state/central
for name in gateway central; do
    systemd-creds encrypt --name=takar.$name.pem keys/$name/$name.pem \
        /etc/credstore.encrypted/takar.$name.pem
done

# Real pins are the only thing that is not real here.
trial=/opt/takar/current/systemd/trial
mkdir -p /etc/systemd/system/takar-gateway.service.d
cp $trial/takar-forecourt.service /etc/systemd/system
cp $trial/simulated.conf /etc/systemd/system/takar-gateway.service.d
systemctl daemon-reload
