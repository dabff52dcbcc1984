//! Lists the corrected code of the cases in `ui`, so that the test `ui` compiles each as a module.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=ui");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets the directory");
    let mut files: Vec<_> = fs::read_dir(Path::new(&root).join("ui"))
        .expect("the folder can be read")
        .flat_map(|topic| {
            fs::read_dir(topic.expect("the entry can be read").path())
                .expect("the folder can be read")
        })
        .map(|file| file.expect("the entry can be read").path())
        .filter(|path| path.to_string_lossy().ends_with(".fixed.rs"))
        .collect();
    files.sort();
    let modules = files.iter().enumerate();
    let modules = modules.map(|(number, path)| {
        format!(
            "#[path = {:?}]\nmod case{number};\n",
            path.to_string_lossy()
        )
    });
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets the directory")).join("fixes.rs");
    fs::write(out, modules.collect::<String>()).expect("the list can be written");
}
