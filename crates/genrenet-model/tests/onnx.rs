//! Networks as ONNX files. `reference/onnx_check.py` compares their outputs with ONNX Runtime's.

mod small;

use small::{bundle, bundle_of};

#[test]
fn the_export_is_a_model_of_its_opset() {
    let file = bundle().onnx(0).expect("exports");
    // Field 1 (IR version) = 8, field 2 (producer).
    assert_eq!(&file[..4], &[8, 8, 0x12, 8]);
    assert!(file.windows(6).any(|w| w == b"MatMul"));
    assert!(
        bundle()
            .onnx(4)
            .is_err_and(|e| e.to_string().contains("member = 4"))
    );
}

#[test]
fn layers_over_steps_are_exported_as_well() {
    let layers = "{ kind = \"standardize\", axes = [0] }, { kind = \"reshape\", shape = [2, 2] }, \
        { kind = \"positions\" }, { kind = \"positions\", learned = true }, \
        { kind = \"transformer\", heads = 2, dropout = 0.1 }, \
        { kind = \"lstm\", units = 3, bidirectional = true, sequences = true }, \
        { kind = \"gru\", units = 3, sequences = true }, { kind = \"rnn\", units = 3, sequences = true }, \
        { kind = \"attention_pool\", deviation = true }";
    let file = bundle_of(layers).onnx(0).expect("exports");
    for operator in ["Div", "LayerNormalization", "Erf", "LSTM", "GRU", "RNN"] {
        let name = operator.as_bytes();
        assert!(
            file.windows(name.len()).any(|w| w == name),
            "{operator} is missing"
        );
    }
}

/// Strides and zeros of a residual block's shortcut are those of the network, also where several strides give its size.
#[test]
fn a_shortcut_is_exported_as_the_network_builds_it() {
    for (shortcut, pooled) in [("projection", false), ("pooled", true)] {
        let layers = format!(
            "{{ kind = \"reshape\", shape = [4, 1, 1] }}, {{ kind = \"residual\", shortcut = \"{shortcut}\", layers = [\
             {{ kind = \"conv\", filters = 3, kernel = [3, 1], stride = [2, 1] }}, {{ kind = \"batch_norm\" }}] }}, \
             {{ kind = \"flatten\" }}"
        );
        let file = bundle_of(&layers).onnx(0).expect("exports");
        let has = |name: &[u8]| file.windows(name.len()).any(|w| w == name);
        assert_eq!(has(b"AveragePool"), pooled, "{shortcut}");
        assert!(has(b"Conv"), "{shortcut}");
    }
}
