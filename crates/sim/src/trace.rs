//! What happened in a world, a line each, for people. Written only where somebody is to read it.

/// The lines, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Trace(Option<Vec<String>>);

impl Trace {
    /// A trace that keeps its lines.
    #[must_use]
    pub fn kept() -> Self {
        Self(Some(Vec::new()))
    }

    /// A trace that keeps nothing.
    #[must_use]
    pub fn dropped() -> Self {
        Self(None)
    }

    /// Adds a line, made only where it is kept.
    pub fn line(&mut self, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.0 {
            lines.push(line());
        }
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.0.as_deref().unwrap_or_default()
    }
}
