//! Reads the command line, which says where to listen.

/// The help text.
pub(crate) const USAGE: &str = "\
usage: cargo run [-- --addr HOST:PORT]

  --addr HOST:PORT   where to listen; port 0 takes any free one
                     (default: the environment's DEMO_ADDR, else 127.0.0.1:8000)
  -h, --help         this text
";
const DEFAULT: &str = "127.0.0.1:8000";

/// A command of the user.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Serve(String),
    Help,
}

impl Command {
    /// Reads the arguments. The address of the environment is the fallback. An `Err` says what is wrong with them.
    pub(crate) fn parse(
        arguments: impl IntoIterator<Item = String>,
        environment: Option<String>,
    ) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let mut address = environment.unwrap_or_else(|| DEFAULT.to_owned());
        while let Some(argument) = arguments.next() {
            match argument.split_once('=').unwrap_or((&argument, "")) {
                ("-h" | "--help", "") => return Ok(Self::Help),
                ("--addr", "") => address = arguments.next().ok_or("`--addr` needs a HOST:PORT")?,
                ("--addr", value) => value.clone_into(&mut address),
                _ => return Err(format!("`{argument}` is not an option")),
            }
        }
        checked(address).map(Self::Serve)
    }
}

fn checked(address: String) -> Result<String, String> {
    match address.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(address),
        _ => Err(format!("`{address}` is not a HOST:PORT, like {DEFAULT}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str], environment: Option<&str>) -> Result<Command, String> {
        let arguments = arguments.iter().map(|&argument| argument.to_owned());
        Command::parse(arguments, environment.map(str::to_owned))
    }

    fn serve(address: &str) -> Command {
        Command::Serve(address.to_owned())
    }

    #[test]
    fn an_argument_beats_the_environment_beats_the_default() {
        assert_eq!(parse(&[], None), Ok(serve("127.0.0.1:8000")));
        assert_eq!(parse(&[], Some("[::1]:80")), Ok(serve("[::1]:80")));
        assert_eq!(parse(&["--addr", "a:1"], Some("b:2")), Ok(serve("a:1")));
        assert_eq!(parse(&["--addr=a:1"], None), Ok(serve("a:1")));
        assert_eq!(parse(&["--help"], None), Ok(Command::Help));
    }

    #[test]
    fn mistakes_are_named() {
        for arguments in [
            &["--port"][..],
            &["--addr"],
            &["--addr", "8000"],
            &["--addr", "a:b"],
            &["--addr", ":1"],
        ] {
            assert!(parse(arguments, None).is_err(), "{arguments:?}");
        }
    }
}
