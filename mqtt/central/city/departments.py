"""The 43 departments (perangkat daerah, OPD) of the model city, as Kota Kupang might name them."""

from types import MappingProxyType

TITLES = MappingProxyType(
    {
        "bagian-umum": "Bagian Umum Sekretariat Daerah",
        "bagian-protokol": "Bagian Protokol dan Komunikasi Pimpinan",
        "bagian-pengadaan": "Bagian Pengadaan Barang dan Jasa",
        "sekretariat-dprd": "Sekretariat DPRD",
        "inspektorat": "Inspektorat Daerah",
        "bappeda": "Badan Perencanaan Pembangunan Daerah",
        "bkad": "Badan Keuangan dan Aset Daerah",
        "bapenda": "Badan Pendapatan Daerah",
        "bkpsdm": "Badan Kepegawaian dan Pengembangan SDM",
        "bpbd": "Badan Penanggulangan Bencana Daerah",
        "brida": "Badan Riset dan Inovasi Daerah",
        "kesbangpol": "Badan Kesatuan Bangsa dan Politik",
        "satpol-pp": "Satuan Polisi Pamong Praja",
        "damkar": "Dinas Pemadam Kebakaran dan Penyelamatan",
        "dinkes": "Dinas Kesehatan",
        "rsud": "RSUD S. K. Lerik",
        "disdikbud": "Dinas Pendidikan dan Kebudayaan",
        "dinsos": "Dinas Sosial",
        "dpupr": "Dinas Pekerjaan Umum dan Penataan Ruang",
        "perkim": "Dinas Perumahan Rakyat dan Kawasan Permukiman",
        "dlhk": "Dinas Lingkungan Hidup dan Kebersihan",
        "dishub": "Dinas Perhubungan",
        "diskominfo": "Dinas Komunikasi dan Informatika",
        "disperindag": "Dinas Perindustrian dan Perdagangan",
        "disnakertrans": "Dinas Tenaga Kerja dan Transmigrasi",
        "dpmptsp": "Dinas Penanaman Modal dan PTSP",
        "dukcapil": "Dinas Kependudukan dan Pencatatan Sipil",
        "dispora": "Dinas Kepemudaan dan Olahraga",
        "disparekraf": "Dinas Pariwisata dan Ekonomi Kreatif",
        "dinkop-ukm": "Dinas Koperasi dan UKM",
        "distan": "Dinas Pertanian",
        "dinas-perikanan": "Dinas Perikanan",
        "dkp": "Dinas Ketahanan Pangan",
        "dp3a": "Dinas Pemberdayaan Perempuan dan Perlindungan Anak",
        "dppkb": "Dinas Pengendalian Penduduk dan KB",
        "disarpus": "Dinas Kearsipan dan Perpustakaan",
        "dinas-pertanahan": "Dinas Pertanahan",
        "kecamatan-alak": "Kecamatan Alak",
        "kecamatan-maulafa": "Kecamatan Maulafa",
        "kecamatan-oebobo": "Kecamatan Oebobo",
        "kecamatan-kota-raja": "Kecamatan Kota Raja",
        "kecamatan-kelapa-lima": "Kecamatan Kelapa Lima",
        "kecamatan-kota-lama": "Kecamatan Kota Lama",
    }
)
"""Name in directives and entries → what reports print."""

LARGE = MappingProxyType(
    {
        "dinkes": 4,
        "disdikbud": 4,
        "bagian-umum": 3,
        "sekretariat-dprd": 3,
        "satpol-pp": 3,
        "dpupr": 3,
        "dlhk": 3,
        "dishub": 3,
        "bkad": 2,
        "bapenda": 2,
        "rsud": 2,
        "dinsos": 2,
        "kecamatan-alak": 2,
        "kecamatan-maulafa": 2,
        "kecamatan-oebobo": 2,
        "kecamatan-kelapa-lima": 2,
    }
)
"""Departments that run more ordinary vehicles than the others, by how many times."""
