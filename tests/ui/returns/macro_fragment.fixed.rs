use downloadview::download_view;
macro_rules! view {
    ($name:ident -> $output:ty, $value:expr) => {
        #[download_view]
        pub async fn $name() -> $output {
            $value
        }
    };
}
view!(answer -> String, 42.to_string());

fn main() {}
