use downloadview::Download;
use std::io::{self, Write};

pub fn people() -> Download {
    Download::from_writer(|out: &mut dyn Write| -> io::Result<()> {
        out.write_all(b"id,name\n")?;
        Ok(())
    })
}

fn main() {}
