//! Why a header is refused.

use std::borrow::Cow;

use super::bits::CutOff;

/// What is wrong with a header.
#[derive(Debug)]
pub(super) struct Fault(pub Cow<'static, str>);

impl From<&'static str> for Fault {
    fn from(reason: &'static str) -> Self {
        Self(reason.into())
    }
}

impl From<CutOff> for Fault {
    fn from(CutOff: CutOff) -> Self {
        "a header that is cut off".into()
    }
}

/// An `Err` with this reason.
pub(super) fn fault<T>(reason: impl Into<Cow<'static, str>>) -> Result<T, Fault> {
    Err(Fault(reason.into()))
}
