//! Networks as ONNX files. `reference/onnx_check.py` compares their outputs with ONNX Runtime's.

use crate::small::{bundle, bundle_of};

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

/// Paths over images join along the channels where ONNX has them (axis 1), those over sequences and vectors along the last axis.
#[test]
fn paths_side_by_side_are_joined_along_the_channels() {
    let image = "{ kind = \"reshape\", shape = [4, 1, 1] }, { kind = \"parallel\", paths = [\
        [{ kind = \"conv\", filters = 3, kernel = [3, 1] }, { kind = \"relu\" }, { kind = \"batch_norm\", eps = 1e-3 }, \
        { kind = \"max_pool\", size = [1, 1] }], []] }, { kind = \"flatten\" }";
    let sequence = "{ kind = \"reshape\", shape = [2, 2] }, { kind = \"parallel\", paths = [\
        [{ kind = \"dense\", units = 3 }], [{ kind = \"layer_norm\" }]] }, { kind = \"flatten\" }";
    let vector = "{ kind = \"parallel\", paths = [[{ kind = \"dense\", units = 3 }], []] }";
    for (layers, axis) in [(image, 1i64), (sequence, -1), (vector, -1)] {
        let file = bundle_of(layers).onnx(0).expect("exports");
        let at = file
            .windows(6)
            .position(|w| w == b"Concat")
            .expect("a node that joins");
        // The attribute: its name (field 1), its value (field 3), an integer of up to ten bytes.
        let node = &file[at..at + 40];
        let name = node.windows(4).position(|w| w == b"axis").expect("an axis");
        assert_eq!(node[name + 4], 0x18, "{layers}");
        let expected: &[u8] = if axis == 1 { &[1] } else { &[0xff; 9] };
        assert!(node[name + 5..].starts_with(expected), "{layers}: {node:?}");
    }
}
