//! The header packets of Vorbis, Opus and FLAC, of which the second holds the comments.

use super::super::error::TagError;
use super::super::vorbis_comment::VorbisComments;
use super::malformed;

/// What the packets of a stream hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Comments, then the setup header (Vorbis I, 4.2).
    Vorbis,
    /// Comments (RFC 7845, 5.2).
    Opus,
    /// Metadata blocks, the first of comments (RFC 9639, 10.1).
    Flac,
}

impl Codec {
    /// By the first packet.
    pub(super) fn of(packet: &[u8]) -> Option<Codec> {
        let known = [
            (b"\x01vorbis".as_slice(), Codec::Vorbis),
            (b"OpusHead", Codec::Opus),
            (b"\x7FFLAC", Codec::Flac),
        ];
        let found = known.iter().find(|(start, _)| packet.starts_with(start));
        found.map(|&(_, codec)| codec)
    }

    /// Whether these packets after the first are all the headers.
    pub(super) fn is_complete(self, packets: &[Vec<u8>]) -> bool {
        match self {
            Codec::Vorbis => packets.len() >= 2,
            Codec::Opus => !packets.is_empty(),
            Codec::Flac => packets
                .last()
                .is_some_and(|packet| packet.first().is_none_or(|kind| kind & 0x80 != 0)),
        }
    }

    /// Where the comments begin in their packet.
    fn start(self) -> &'static [u8] {
        match self {
            Codec::Vorbis => b"\x03vorbis",
            Codec::Opus => b"OpusTags",
            Codec::Flac => &[4],
        }
    }
}

/// The packet of comments.
pub(super) struct CommentPacket {
    codec: Codec,
    /// The bytes before the comments.
    head: Vec<u8>,
    pub comments: VorbisComments,
    /// What is kept after the comments: the framing bit, a suffix that is no padding.
    tail: Vec<u8>,
    /// Whether zeros may follow.
    padded: bool,
}

impl CommentPacket {
    /// The comments of the first of these packets after the identification.
    pub(super) fn parse(codec: Codec, packets: &[Vec<u8>]) -> Result<CommentPacket, TagError> {
        for (at, packet) in packets.iter().enumerate() {
            let right = match (codec, at) {
                (Codec::Flac, _) => match packet.split_first_chunk::<4>() {
                    Some((&[kind, a, b, c], body)) => {
                        (kind & 0x7F == 4) == (at == 0)
                            && body.len() == u32::from_be_bytes([0, a, b, c]) as usize
                    }
                    None => false,
                },
                (_, 0) => packet.starts_with(codec.start()),
                _ => packet.starts_with(b"\x05vorbis"),
            };
            if !right {
                return Err(malformed(format!(
                    "expected the comments of {codec:?} and then its other headers, found header {} with {:02X?}",
                    at + 1,
                    &packet[..packet.len().min(8)]
                )));
            }
        }
        let packet = &packets[0];
        let head = if codec == Codec::Flac {
            4
        } else {
            codec.start().len()
        };
        let (comments, rest) = VorbisComments::parse(&packet[head..])?;
        let framing = usize::from(codec == Codec::Vorbis);
        if framing == 1 && rest.first().is_none_or(|byte| byte & 1 == 0) {
            return Err(malformed(
                "expected a framing bit after the comments, found none".into(),
            ));
        }
        // Bytes of a suffix that are not zero may mean something (RFC 7845: where the first bit is set); they stay.
        let padded = codec != Codec::Flac && rest[framing..].iter().all(|&byte| byte == 0);
        Ok(CommentPacket {
            codec,
            head: packet[..head].to_vec(),
            comments,
            tail: if padded {
                rest[..framing].to_vec()
            } else {
                rest.to_vec()
            },
            padded,
        })
    }

    /// The packet with other comments, followed by zeros up to `length` where padding is allowed.
    pub(super) fn with(
        &self,
        comments: &VorbisComments,
        length: usize,
    ) -> Result<Vec<u8>, TagError> {
        let mut packet = [self.head.as_slice(), &comments.to_bytes(), &self.tail].concat();
        if self.codec == Codec::Flac {
            let body = packet.len() - 4;
            if body >= 1 << 24 {
                return Err(TagError::Unsupported {
                    tag: "FLAC in Ogg",
                    reason: format!("expected comments of up to 16777215 bytes, found {body}"),
                });
            }
            packet[1..4].copy_from_slice(&(body as u32).to_be_bytes()[1..]);
        }
        if self.padded && packet.len() < length {
            packet.resize(length, 0);
        }
        Ok(packet)
    }
}
