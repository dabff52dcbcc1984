//! Queries for the orders, customers and sales of a year.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use crate::data::Shop;

/// Selects the orders of a year (`2024`) or of a month (`2024-05`), up to a number of rows.
pub(crate) const ORDERS: &str = "
    SELECT orders.id, day, customers.name, country, products.name, category, quantity, orders.cents
    FROM orders JOIN customers ON customers.id = customer JOIN products ON products.id = product
    WHERE day >= ?1 AND day < ?1 || '~' ORDER BY orders.id LIMIT ?2";
const ORDER: &str = "
    SELECT orders.id, day, customers.name, country, products.name, category, quantity, orders.cents
    FROM orders JOIN customers ON customers.id = customer JOIN products ON products.id = product
    WHERE orders.id = ?1";
/// Selects some customers after a given one.
const CUSTOMERS: &str =
    "SELECT id, name, country FROM customers WHERE id > ?1 ORDER BY id LIMIT 200";
const SALES: &str = "
    SELECT CAST(substr(day, 6, 2) AS INTEGER), category, count(*), sum(orders.cents)
    FROM orders JOIN products ON products.id = product
    WHERE day >= ?1 AND day < ?1 || '~' GROUP BY 1, 2 ORDER BY 1, 2";
const TOTALS: &str =
    "SELECT substr(day, 1, 4), count(*), sum(cents) FROM orders GROUP BY 1 ORDER BY 1";

/// An order as it is exported.
#[derive(Debug, Serialize)]
pub(crate) struct Order {
    pub(crate) number: u32,
    pub(crate) day: String,
    pub(crate) customer: String,
    pub(crate) country: String,
    pub(crate) product: String,
    pub(crate) category: String,
    pub(crate) quantity: u32,
    pub(crate) amount: String,
}

impl Order {
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            day: row.get(1)?,
            customer: row.get(2)?,
            country: row.get(3)?,
            product: row.get(4)?,
            category: row.get(5)?,
            quantity: row.get(6)?,
            amount: euros(row.get(7)?),
        })
    }
}

/// An iterator over all customers as cards of an address book, a few at a time.
#[derive(Debug)]
pub(crate) struct Cards {
    shop: Connection,
    last: u32,
}

impl Cards {
    pub(crate) fn of(shop: Connection) -> Self {
        Self { shop, last: 0 }
    }

    /// Returns the next cards. They are empty after the last customer.
    fn page(&mut self) -> rusqlite::Result<String> {
        let mut cards = String::new();
        let mut customers = self.shop.prepare(CUSTOMERS)?;
        let mut rows = customers.query([self.last])?;
        while let Some(row) = rows.next()? {
            self.last = row.get(0)?;
            cards += &card(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?);
        }
        Ok(cards)
    }
}

impl Iterator for Cards {
    type Item = rusqlite::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let page = self.page();
        page.map(|cards| (!cards.is_empty()).then_some(cards))
            .transpose()
    }
}

fn card(name: &str, country: &str) -> String {
    format!(
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{}\r\nADR:;;;;;;{country}\r\nEND:VCARD\r\n",
        name.replace(',', "\\,")
    )
}

/// The sales of a category in a month.
#[derive(Debug)]
pub(crate) struct Sale {
    /// January is 1.
    pub(crate) month: u32,
    pub(crate) category: String,
    pub(crate) orders: u32,
    pub(crate) cents: u32,
}

/// The sales of a year.
#[derive(Debug, Serialize)]
pub(crate) struct Total {
    pub(crate) year: String,
    pub(crate) orders: u32,
    pub(crate) revenue: String,
}

impl Shop {
    /// Returns the order of this number, if there is one.
    pub(crate) fn order(&self, number: u32) -> rusqlite::Result<Option<Order>> {
        self.connect()?
            .query_row(ORDER, [number], Order::from_row)
            .optional()
    }

    /// Returns the sales of a year by month and category. They are empty if the year has no orders.
    pub(crate) fn sales(&self, year: u16) -> rusqlite::Result<Vec<Sale>> {
        self.connect()?
            .prepare(SALES)?
            .query_map([format!("{year:04}")], |row| {
                Ok(Sale {
                    month: row.get(0)?,
                    category: row.get(1)?,
                    orders: row.get(2)?,
                    cents: row.get(3)?,
                })
            })?
            .collect()
    }

    /// Returns the totals of all years.
    pub(crate) fn totals(&self) -> rusqlite::Result<Vec<Total>> {
        self.connect()?
            .prepare(TOTALS)?
            .query_map([], |row| {
                Ok(Total {
                    year: row.get(0)?,
                    orders: row.get(1)?,
                    revenue: euros(row.get(2)?),
                })
            })?
            .collect()
    }
}

/// Formats `123456` cents as `1234.56`.
pub(crate) fn euros(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
