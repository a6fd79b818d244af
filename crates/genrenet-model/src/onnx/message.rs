//! Protocol buffer messages of ONNX (onnx.proto3), written by hand: a few dozen lines instead of a compiler.

/// A message under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub fn varint(mut self, field: u32, value: i64) -> Self {
        self.raw_varint(u64::from(field << 3));
        self.raw_varint(value as u64);
        self
    }

    pub fn bytes(mut self, field: u32, bytes: &[u8]) -> Self {
        self.raw_varint(u64::from(field << 3 | 2));
        self.raw_varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn text(self, field: u32, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    pub fn message(self, field: u32, inner: &Message) -> Self {
        self.bytes(field, &inner.0)
    }

    pub fn float(mut self, field: u32, value: f32) -> Self {
        self.raw_varint(u64::from(field << 3 | 5));
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// An integer attribute.
pub(super) fn int(name: &str, value: i64) -> Message {
    Message::default()
        .text(1, name)
        .varint(3, value)
        .varint(20, 2)
}

/// An attribute of several integers.
pub(super) fn ints(name: &str, values: &[i64]) -> Message {
    let message = Message::default().text(1, name);
    let message = values.iter().fold(message, |m, v| m.varint(8, *v));
    message.varint(20, 7)
}

/// A number as an attribute.
pub(super) fn float(name: &str, value: f32) -> Message {
    Message::default()
        .text(1, name)
        .float(2, value)
        .varint(20, 1)
}

/// A string attribute.
pub(super) fn string(name: &str, value: &str) -> Message {
    Message::default()
        .text(1, name)
        .text(4, value)
        .varint(20, 3)
}

/// A tensor of f32 with a name.
pub(super) fn floats(name: &str, shape: &[usize], data: &[f32]) -> Message {
    let bytes: Vec<u8> = data.iter().flat_map(|x| x.to_le_bytes()).collect();
    tensor(name, shape, 1, &bytes)
}

/// A tensor of i64 with a name.
pub(super) fn integers(name: &str, data: &[i64]) -> Message {
    let bytes: Vec<u8> = data.iter().flat_map(|x| x.to_le_bytes()).collect();
    tensor(name, &[data.len()], 7, &bytes)
}

fn tensor(name: &str, shape: &[usize], kind: i64, bytes: &[u8]) -> Message {
    let message = shape
        .iter()
        .fold(Message::default(), |m, n| m.varint(1, *n as i64));
    message.varint(2, kind).text(8, name).bytes(9, bytes)
}

/// The type of an input or output: `[N, …]` of f32.
pub(super) fn typed(name: &str, shape: &[usize]) -> Message {
    let batch = Message::default().text(2, "N");
    let dims = shape
        .iter()
        .map(|n| Message::default().varint(1, *n as i64));
    let shape = std::iter::once(batch)
        .chain(dims)
        .fold(Message::default(), |m, dim| m.message(1, &dim));
    let tensor = Message::default().varint(1, 1).message(2, &shape);
    Message::default()
        .text(1, name)
        .message(2, &Message::default().message(1, &tensor))
}
