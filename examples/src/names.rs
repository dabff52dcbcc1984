//! The products and the customers' names that the data is made of.

/// The name, category and price in cents of each product, best sellers first.
pub(crate) const PRODUCTS: &[(&str, &str, u32)] = &[
    ("Notebook, dotted", "Paper", 1290),
    ("Ink, midnight blue", "Writing", 1850),
    ("Café crème mug", "Kitchen", 1400),
    ("Fountain pen \"Nº 3\"", "Writing", 6900),
    ("Postcards, set of 12", "Paper", 950),
    ("抹茶 bowl", "Kitchen", 3200),
    ("Pencil, 2B", "Writing", 180),
    ("Desk lamp \"Ødegård\"", "Workshop", 11900),
    ("Washi tape", "Paper", 420),
    ("Jalapeño seeds", "Garden", 390),
    ("Smørrebrød board", "Kitchen", 2750),
    ("Pocket knife", "Workshop", 4500),
    ("Envelopes, 50", "Paper", 760),
    ("Secateurs", "Garden", 3450),
    ("Calligraphy brush 筆", "Writing", 2100),
    ("Folding rule, 2 m", "Workshop", 1650),
    ("Piñata kit", "Paper", 2990),
    ("Watering can", "Garden", 2400),
    ("Moka pot", "Kitchen", 3950),
    ("Japanese saw 鋸", "Workshop", 5400),
    ("Tulip bulbs, 20", "Garden", 1190),
    ("Drawing table", "Workshop", 38900),
];

/// A country and the names of its people.
#[derive(Debug)]
pub(crate) struct Country {
    pub(crate) name: &'static str,
    pub(crate) given: &'static [&'static str],
    pub(crate) family: &'static [&'static str],
    /// True if the family name comes first, without a space.
    family_first: bool,
}

impl Country {
    pub(crate) fn full_name(&self, given: &str, family: &str) -> String {
        if self.family_first {
            format!("{family}{given}")
        } else {
            format!("{given} {family}")
        }
    }
}

/// The countries that the shop sells to.
pub(crate) const COUNTRIES: &[Country] = &[
    Country {
        name: "France",
        given: &[
            "Zoé",
            "Anaïs",
            "Benoît",
            "Chloé",
            "François",
            "Hélène",
            "Jérôme",
            "Maëlle",
            "Théo",
        ],
        family: &[
            "Lefèvre",
            "Garçon",
            "Benoît",
            "Dupont",
            "Gonçalves",
            "L'Hôpital",
            "Mézières",
        ],
        family_first: false,
    },
    Country {
        name: "Germany",
        given: &[
            "Jürgen", "Käthe", "Sören", "Anja", "Björn", "Greta", "Matthias", "Ümit",
        ],
        family: &[
            "Müller",
            "Groß",
            "Schäfer",
            "Weiß",
            "Özdemir",
            "Krüger",
            "von der Höhe",
        ],
        family_first: false,
    },
    Country {
        name: "Denmark",
        given: &["Åse", "Mads", "Signe", "Søren", "Frøya", "Lærke"],
        family: &["Ørsted", "Nygård", "Bjørnson", "Kjær", "Sørensen"],
        family_first: false,
    },
    Country {
        name: "Ireland",
        given: &["Aoife", "Niamh", "Seán", "Oisín", "Gráinne", "Liam"],
        family: &["O'Neill", "Ó Briain", "Murphy", "Byrne", "Walsh, Jr."],
        family_first: false,
    },
    Country {
        name: "Poland",
        given: &["Łukasz", "Małgorzata", "Święta", "Zbigniew", "Agnieszka"],
        family: &["Wójcik", "Kowalska", "Dąbrowski", "Żak", "Jabłoński"],
        family_first: false,
    },
    Country {
        name: "Greece",
        given: &["Ελένη", "Γιώργος", "Μαρία", "Νίκος"],
        family: &["Παπαδόπουλος", "Οικονόμου", "Γεωργίου"],
        family_first: false,
    },
    Country {
        name: "China",
        given: &["娜", "伟", "芳", "秀英", "敏", "静", "建国"],
        family: &["王", "李", "张", "刘", "陈", "欧阳"],
        family_first: true,
    },
    Country {
        name: "Japan",
        given: &["さくら", "翔太", "美咲", "健一", "陽子"],
        family: &["佐藤", "鈴木", "高橋", "田中", "渡辺"],
        family_first: true,
    },
];
