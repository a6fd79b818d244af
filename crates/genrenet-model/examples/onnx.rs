//! Exports a bundle's members to ONNX with inputs and outputs to compare:
//! `cargo run -p genrenet-model --example onnx -- BUNDLE FOLDER`, then `reference/onnx_check.py FOLDER`.

use std::fmt::Write as _;
use std::path::Path;

use genrenet_model::Bundle;
use genrenet_nn::{Inputs, Scratch, Tensor};

/// Rows that are compared.
const ROWS: usize = 3;

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(bundle), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: onnx BUNDLE FOLDER".into());
    };
    let bundle = Bundle::load(Path::new(&bundle))?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for (index, member) in bundle.members.iter().enumerate() {
        std::fs::write(folder.join(format!("{index}.onnx")), bundle.onnx(index)?)?;
        // Numbers between −2 and 2 from a linear congruence, the same everywhere.
        let mut state = 1u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 22) as f32 - 2.0
        };
        let mut inputs = Inputs {
            batch: ROWS,
            ..Inputs::default()
        };
        let mut listing = String::new();
        for input in &member.inputs {
            let mut shape = vec![ROWS];
            shape.extend(input.shape());
            let data: Vec<f32> = (0..shape.iter().product()).map(|_| draw()).collect();
            let name = &input.spec().name;
            write_floats(&folder.join(format!("{index}.{name}.f32")), &data)?;
            let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
            writeln!(listing, "{name} {}", sizes.join(" "))?;
            let branches = &member.spec.branches;
            let optional = branches.iter().any(|b| &b.input == name && b.optional);
            // The last row lacks its optional inputs but the first.
            let lacks = optional && !inputs.arrays.is_empty();
            if optional {
                let flags = if lacks { "1 1 0" } else { "1 1 1" };
                writeln!(listing, "{name}_present {flags}")?;
            }
            inputs.present.push(lacks.then(|| vec![true, true, false]));
            inputs.arrays.push((name.clone(), Tensor { shape, data }));
        }
        let logits = member.network.infer(&inputs, &mut Scratch::new()).remove(0);
        write_floats(&folder.join(format!("{index}.logits.f32")), &logits.data)?;
        std::fs::write(folder.join(format!("{index}.txt")), listing)?;
    }
    println!("{} members", bundle.members.len());
    Ok(())
}

fn write_floats(path: &Path, data: &[f32]) -> std::io::Result<()> {
    let bytes: Vec<u8> = data.iter().flat_map(|x| x.to_le_bytes()).collect();
    std::fs::write(path, bytes)
}

fn main() {
    if let Err(e) = run() {
        eprintln!("{e}");
        std::process::exit(2);
    }
}
