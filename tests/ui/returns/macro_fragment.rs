// In a macro, the part that its caller wrote is underlined.
use downloadview::download_view;
macro_rules! view {
    ($name:ident -> $output:ty, $value:expr) => {
        #[download_view]
        pub async fn $name() -> $output {
            $value
        }
    };
}
view!(answer -> u32, 42);

fn main() {}
