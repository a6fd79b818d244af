//! What a bundle must not hold.

use super::{Average, Bundle, GENRES, MEMBERS, Member, Output};
use crate::error::ModelError;
use crate::inputs::FeatureKind;

impl Bundle {
    /// Refuses impossible values.
    ///
    /// # Errors
    /// [`ModelError::Value`] with key and value of the first one found.
    pub fn check(&self) -> Result<(), ModelError> {
        let genres = self.model_genres();
        if genres.len() < 2 {
            return Err(ModelError::value(
                "genres",
                format!("{:?}", genres),
                "two at least",
            ));
        }
        for (index, genre) in genres.iter().enumerate() {
            if genre.trim().is_empty() {
                return Err(ModelError::value(
                    format!("genres[{index}]"),
                    format!("{genre:?}"),
                    "a name",
                ));
            }
            if genres[..index].contains(genre) {
                return Err(ModelError::value(
                    format!("genres[{index}]"),
                    format!("{genre:?}"),
                    "each genre once",
                ));
            }
        }
        self.check_parents()?;
        if self.members.is_empty() {
            return Err(ModelError::value("members", "[]", "one network at least"));
        }
        if genres.len() > GENRES || self.members.len() > MEMBERS {
            let (key, found, most) = match genres.len() > GENRES {
                true => ("genres", genres.len(), GENRES),
                false => ("members", self.members.len(), MEMBERS),
            };
            return Err(ModelError::value(key, found, format!("at most {most}")));
        }
        if let Some(front_end) = &self.front_end {
            front_end.check().map_err(ModelError::of_front_end)?;
        }
        self.calibration.check()?;
        self.check_embeddings()?;
        for (index, member) in self.members.iter().enumerate() {
            let others = &self.members[..index];
            if others.iter().any(|other| other.name == member.name) {
                return Err(ModelError::value(
                    format!("members[{index}].name"),
                    format!("{:?}", member.name),
                    "each name once",
                ));
            }
            member.check(&format!("members[{index}]"), genres.len())?;
        }
        Ok(())
    }
}

impl Bundle {
    /// A broader genre is a genre of the bundle, and not one of its own narrower ones.
    fn check_parents(&self) -> Result<(), ModelError> {
        let (genres, parents) = (self.model_genres(), self.model_parents());
        for (genre, parent) in parents {
            let known = |name| genres.contains(name);
            let up = std::iter::successors(Some(parent), |up| parents.get(*up));
            let circle = up.take(parents.len()).any(|up| up == genre);
            if !known(genre) || !known(parent) || circle {
                return Err(ModelError::value(
                    format!("parents.{genre:?}"),
                    format!("{parent:?}"),
                    "a genre of the bundle, for another one that is none of its own broader genres",
                ));
            }
        }
        Ok(())
    }

    /// Embeddings have a backbone, and outputs are of one kind.
    fn check_embeddings(&self) -> Result<(), ModelError> {
        match &self.backbone {
            Some(backbone) => backbone.check()?,
            None if self.sources().contains(&FeatureKind::Embedding) => {
                let expected = "the network whose layer an input of source \"embedding\" reads";
                return Err(ModelError::value("backbone", "nothing", expected));
            }
            None => {}
        }
        let independent = |member: &Member| member.output == Output::Independent;
        if self.members.iter().any(independent) && !self.independent() {
            let expected = "\"independent\" for all members, or for none";
            return Err(ModelError::value("members.output", "both", expected));
        }
        if self.independent() && self.average == Average::Logits {
            let expected = "\"probabilities\", as outputs are independent";
            return Err(ModelError::value("average", "logits", expected));
        }
        Ok(())
    }
}

impl Member {
    /// Refuses impossible values of a member of a bundle with so many genres; `key` is the prefix for the message.
    pub(super) fn check(&self, key: &str, genres: usize) -> Result<(), ModelError> {
        if !(self.weight.is_finite() && self.weight > 0.0) {
            return Err(ModelError::value(
                format!("{key}.weight"),
                self.weight,
                "a number above 0",
            ));
        }
        let outputs = self.spec.heads.first().map_or(0, |head| head.outputs);
        let expected = match self.output {
            Output::Softmax | Output::Independent => genres,
            Output::Sigmoid => 1,
        };
        if outputs != expected || (self.output == Output::Sigmoid && genres != 2) {
            return Err(ModelError::value(
                format!("{key}.network.heads[0].outputs"),
                outputs,
                format!("{expected} for the {} genres of this bundle", genres),
            ));
        }
        for branch in &self.spec.branches {
            if !self
                .inputs
                .iter()
                .any(|input| input.spec().name == branch.input)
            {
                return Err(ModelError::value(
                    format!("{key}.network.branches"),
                    format!("{:?}", branch.input),
                    "the name of one of its inputs",
                ));
            }
        }
        for input in &self.inputs {
            input
                .spec()
                .check(&format!("{key}.inputs.{}", input.spec().name))?;
            input.check_fitted()?;
        }
        Ok(())
    }
}
