// A closure that uses `?` says what its error is: the compiler cannot guess.
use downloadview::Download;
use std::io::Write;

pub fn people() -> Download {
    Download::from_writer(|out: &mut dyn Write| {
        out.write_all(b"id,name\n")?;
        Ok(())
    })
}

fn main() {}
