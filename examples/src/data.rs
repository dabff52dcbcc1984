//! The shop is a `SQLite` database in a temporary directory. It is filled at the start with four years of orders.

use std::{fs::File, io, path::PathBuf, sync::Arc};

use axum::BoxError;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::names::{COUNTRIES, PRODUCTS};

const SCHEMA: &str = "
    CREATE TABLE products  (id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL, cents INTEGER NOT NULL);
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL);
    CREATE TABLE orders (
        id       INTEGER PRIMARY KEY,
        day      TEXT    NOT NULL,
        customer INTEGER NOT NULL REFERENCES customers,
        product  INTEGER NOT NULL REFERENCES products,
        quantity INTEGER NOT NULL,
        cents    INTEGER NOT NULL
    );";
const INDEX: &str = "CREATE INDEX orders_by_day ON orders (day)";
/// The database needs no journal and no syncing, because it is created again at each start.
const HASTE: &str = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF";
const INSERT_PRODUCT: &str = "INSERT INTO products VALUES (?1, ?2, ?3, ?4)";
const INSERT_CUSTOMER: &str = "INSERT INTO customers VALUES (?1, ?2, ?3)";
const INSERT_ORDER: &str =
    "INSERT INTO orders (day, customer, product, quantity, cents) VALUES (?1, ?2, ?3, ?4, ?5)";
const DAY: &str = "SELECT date('2022-01-01', ?1 || ' days')";
/// The days of four years, one of which is a leap year.
const DAYS: u32 = 1461;
const CUSTOMERS: u32 = 2000;

/// The shop's database. It is cheap to clone. Each use opens a connection, so that none waits for another.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    directory: Arc<TempDir>,
}

impl Shop {
    /// Creates and fills the database.
    pub(crate) fn open() -> Result<Self, BoxError> {
        let directory = tempfile::Builder::new().prefix("shop-").tempdir()?;
        let shop = Self {
            directory: Arc::new(directory),
        };
        fill(&mut Connection::open(shop.path())?)?;
        Ok(shop)
    }

    /// Opens a read-only connection.
    pub(crate) fn connect(&self) -> rusqlite::Result<Connection> {
        Connection::open_with_flags(self.path(), OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// Opens the database as a file.
    pub(crate) fn file(&self) -> io::Result<File> {
        File::open(self.path())
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("shop.sqlite")
    }
}

fn fill(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.execute_batch(HASTE)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    let mut dice = Dice(2022);
    fill_products(&transaction)?;
    fill_customers(&transaction, &mut dice)?;
    fill_orders(&transaction, &mut dice)?;
    transaction.execute_batch(INDEX)?;
    transaction.commit()
}

fn fill_products(connection: &Connection) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(INSERT_PRODUCT)?;
    for (id, (name, category, cents)) in (1..).zip(PRODUCTS) {
        insert.execute((id, name, category, cents))?;
    }
    Ok(())
}

fn fill_customers(connection: &Connection, dice: &mut Dice) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(INSERT_CUSTOMER)?;
    for id in 1..=CUSTOMERS {
        let country = dice.pick(COUNTRIES);
        let (given, family) = (dice.pick(country.given), dice.pick(country.family));
        insert.execute((id, country.full_name(given, family), country.name))?;
    }
    Ok(())
}

fn fill_orders(connection: &Connection, dice: &mut Dice) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(INSERT_ORDER)?;
    let mut date = connection.prepare(DAY)?;
    for day in 0..DAYS {
        let date: String = date.query_row([day], |row| row.get(0))?;
        for _ in 0..orders_on(day, dice) {
            let product = dice.index(PRODUCTS).min(dice.index(PRODUCTS));
            let (_, _, cents) = PRODUCTS[product as usize];
            let quantity = 1 + dice.roll(4).min(dice.roll(4));
            let customer = 1 + dice.roll(CUSTOMERS);
            insert.execute((&date, customer, product + 1, quantity, quantity * cents))?;
        }
    }
    Ok(())
}

/// Returns the number of orders of a day. It grows from year to year and before Christmas, and falls in summer.
fn orders_on(day: u32, dice: &mut Dice) -> u32 {
    let growth = day / 40;
    let season = match day % 365 {
        160..240 => 20,
        310..358 => 75,
        _ => 40,
    };
    10 + growth + season + dice.roll(30)
}

/// A generator of numbers that look random and are the same at each start (`SplitMix64`).
struct Dice(u64);

impl Dice {
    /// Returns a number below `sides`.
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let [a, b, c, d, ..] = (number ^ (number >> 31)).to_be_bytes();
        u32::from_be_bytes([a, b, c, d]) % sides
    }

    /// Returns the index of one of the items.
    fn index<T>(&mut self, items: &[T]) -> u32 {
        self.roll(u32::try_from(items.len()).unwrap_or(u32::MAX))
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items) as usize]
    }
}
