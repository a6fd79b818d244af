//! The stored arrays of a network, by name.

use super::Network;
use crate::{NnError, Tensor, Values};

impl Network {
    /// Everything that is stored: parameters, then running statistics, with their names, in a fixed order.
    pub fn state(&self) -> Vec<(String, &Tensor)> {
        let params = self
            .params()
            .into_iter()
            .map(|p| (p.name.clone(), &*p.value));
        params
            .chain(self.buffers().into_iter().map(|(n, t)| (n.to_owned(), t)))
            .collect()
    }

    /// The names in [`Network::state`].
    pub fn state_names(&self) -> Vec<String> {
        let params = self.params().into_iter().map(|p| p.name.clone());
        params
            .chain(self.buffers().into_iter().map(|(n, _)| n.to_owned()))
            .collect()
    }

    /// Loads stored values; nothing is changed when one of them does not fit.
    ///
    /// # Errors
    /// [`NnError::State`] for a name that is missing, unknown or duplicated, or a shape that differs.
    pub fn load_state(&mut self, state: &[(String, Tensor)]) -> Result<(), NnError> {
        let fault = |name: &str, expected: String, found: String| NnError::State {
            name: name.to_owned(),
            expected,
            found,
        };
        let own = self.state();
        for (i, (name, tensor)) in state.iter().enumerate() {
            let Some((_, mine)) = own.iter().find(|(n, _)| n == name) else {
                return Err(fault(
                    name,
                    "no array of this name".into(),
                    format!("{:?}", tensor.shape),
                ));
            };
            if mine.shape != tensor.shape || mine.len() != tensor.len() {
                return Err(fault(
                    name,
                    format!("{:?}", mine.shape),
                    format!("{:?}", tensor.shape),
                ));
            }
            if state[..i].iter().any(|(n, _)| n == name) {
                return Err(fault(name, "one array of this name".into(), "two".into()));
            }
        }
        if let Some((name, mine)) = own.iter().find(|(n, _)| !state.iter().any(|(s, _)| s == n)) {
            return Err(fault(name, format!("{:?}", mine.shape), "nothing".into()));
        }
        let stored = |name: &str| state.iter().find(|(n, _)| n == name).map(|(_, t)| t);
        for p in self.params_mut() {
            if let Some(t) = stored(&p.name) {
                p.value.data.copy_from_slice(&t.data);
            }
        }
        for (name, buffer) in self.buffers_mut() {
            if let Some(t) = stored(name) {
                buffer.data.copy_from_slice(&t.data);
            }
        }
        Ok(())
    }

    /// Takes over stored arrays without copying them: `stored` returns the one of a name in [`Network::state`].
    ///
    /// # Errors
    /// [`NnError::State`] for an array that is missing or has another shape; the network is then filled in part.
    pub fn take_state(
        &mut self,
        mut stored: impl FnMut(&str) -> Option<Values>,
    ) -> Result<(), NnError> {
        let mut take = |name: &str, shape: &[usize]| {
            let fault = |found: String| NnError::State {
                name: name.to_owned(),
                expected: format!("{shape:?}"),
                found,
            };
            match stored(name) {
                Some(values) if values.shape == shape => Ok(values),
                Some(other) => Err(fault(format!("{:?}", other.shape))),
                None => Err(fault("nothing".into())),
            }
        };
        for p in self.params_mut() {
            p.value = take(&p.name, &p.value.shape)?;
        }
        for (name, buffer) in self.buffers_mut() {
            *buffer = take(name, &buffer.shape)?.into_tensor();
        }
        Ok(())
    }
}
