//! The length of a packet, and how much a decoder needs before one.

/// Opus is always decoded at this rate, whatever the encoder's input was.
pub(in crate::decode) const RATE: u32 = 48_000;
/// Sample frames of the longest packet: 120 ms.
pub(super) const LONGEST: usize = 5760;

/// Sample frames that a decoder needs after a jump before its output is used. RFC 7845 requires 80 ms; CELT's
/// energies halve their memory every packet, and 400 ms bring music to within 1e-6. SILK's pitch filter has a longer memory.
pub(in crate::decode) const RUN_IN: u64 = 19_200;

/// Sample frames at 48 kHz in a packet (RFC 6716, section 3.1); 0 if it is invalid.
pub(in crate::decode) fn duration(packet: &[u8]) -> usize {
    let Some(&toc) = packet.first() else { return 0 };
    let frame = match toc >> 3 {
        configuration @ 0..=11 => [480, 960, 1920, 2880][usize::from(configuration & 3)],
        configuration @ 12..=15 => [480, 960][usize::from(configuration & 1)],
        configuration => 120 << (configuration & 3),
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => packet.get(1).map_or(0, |b| usize::from(b & 63)),
    };
    if frame * count <= LONGEST {
        frame * count
    } else {
        0
    }
}
