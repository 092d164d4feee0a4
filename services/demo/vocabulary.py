"""The names and words that `generated.py` puts together."""


def _each(words: str) -> list[str]:
    return words.split()


FIRST_NAMES = _each(
    "Ada Adam Aisha Alejandro Amara Anders Andrea Anna Arjun Beatriz Ben Bianca Camille Carlos "
    "Chen "
    "Chloe Clara Daniel David Diego Dmitri Elena Elif Emma Enzo Eva Farid Fatima Felix Fiona "
    "Gabriel Grace Hana Hannah Hugo Ines Ingrid Isaac Ivan Jana Jonas Julia Kai Karim Katarina "
    "Kenji Lara Lars Leila Leo Lin Lucas Magda Maja Malik Marco Maria Mateo Maya Mei Mikael Mina "
    "Mohamed Nadia Nikolai Nina Noah Noor Oliver Olivia Omar Paula Pavel Petra Priya Rafael Rania "
    "Ravi Rosa Ruben Sami Samira Sara Simon Sofia Stefan Tariq Teresa Theo Tomas Uma Valentina "
    "Victor Viktoria Wei Yara Yuki Yusuf Zainab Zoe"
)
SYLLABLES = _each(
    "al an ar ba be bo bra bri ca che co da de do dra el en er fa fe fi ga ge gra ha he ho il in "
    "ja "
    "jo ka ke ko kra la le li lo ma me mi mo na ne ni no ol on or pa pe po ra re ri ro sa se si so "
    "sta ta te ti to tra va ve vi vo wa we wi ya ze zo"
)
COMMON = _each(
    "the not since laptop password vpn printer screen outlook teams update access slow error wifi "
    "monday login account again meeting network drive office keyboard dock mouse phone monitor "
    "email calendar crash freeze install licence software headset camera battery charger cable "
    "shared folder file permission reset locked expired certificate browser chrome excel word "
    "sharepoint onedrive backup restart blue black driver firmware bios display resolution cloud "
    "server database timeout connection dropped disconnect signal floor room building site request "
    "new starter leaver contract order replacement broken lost stolen damaged noise fan heat "
    "adapter usb hdmi port toner paper jam scanner badge door token authenticator code sms mailbox "
    "quota full spam phishing attachment invoice payroll portal intranet report dashboard macro "
    "formula font language layout audio microphone speaker bluetooth pairing roaming vlan switch "
    "router firewall proxy dns"
)
MODELS = (
    ("Laptop", "Lenovo", "ThinkPad X1 Carbon Gen 11", "Intel Core i7-1365U", "LT"),
    ("Laptop", "Lenovo", "ThinkPad T14 Gen 4", "AMD Ryzen 7 PRO 7840U", "LT"),
    ("Laptop", "Dell", "Latitude 7440", "Intel Core i5-1345U", "LT"),
    ("Laptop", "Dell", "XPS 15 9530", "Intel Core i9-13900H", "LT"),
    ("Laptop", "Apple", "MacBook Air 15-inch (M3)", "Apple M3", "MB"),
    ("Laptop", "Apple", "MacBook Pro 14-inch (M3 Pro)", "Apple M3 Pro", "MB"),
    ("Laptop", "HP", "EliteBook 840 G10", "Intel Core i7-1355U", "LT"),
    ("Desktop", "Dell", "Precision 3660", "Intel Core i7-13700", "WS"),
    ("Desktop", "HP", "Z2 Tower G9", "Intel Core i9-13900K", "WS"),
    ("Server", "Dell", "PowerEdge R760", "Intel Xeon Gold 6430", "SRV"),
    ("Server", "HPE", "ProLiant DL380 Gen11", "Intel Xeon Silver 4410Y", "SRV"),
)
DEPARTMENTS = _each(
    "Sales Engineering Finance Marketing Support Legal Operations Research Purchasing Management"
)
SITES = _each("Berlin Bristol Warsaw Lisbon Oslo Lyon Milan Prague Dublin Vienna")
TEAMS = _each(
    "Servicedesk Network Workplace Servers Applications Identity Security Telephony Print Data"
)
