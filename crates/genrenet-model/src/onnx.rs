//! Export of a network to ONNX.
