// A closure that uses `?` needs the type of its error, because the compiler cannot infer it.
use downloadview::Download;
use std::io::Write;

pub fn people() -> Download {
    Download::from_writer(|out: &mut dyn Write| {
        out.write_all(b"id,name\n")?;
        Ok(())
    })
}

fn main() {}
