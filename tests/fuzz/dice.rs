//! Chance that can be repeated: the same number gives the same throws.

/// A sequence of throws.
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    /// The throws of one case: of neighbouring numbers they have nothing in common.
    pub(crate) fn new(seed: u64, case: u64) -> Self {
        let mut dice = Self { state: seed.wrapping_mul(0xd134_2543_de82_ef95) ^ case };
        dice.next();
        dice.state ^= case.rotate_left(32);
        dice
    }

    /// Splitmix64: each state gives one well-mixed number.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `sides`; zero when there are none.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % sides).unwrap_or_default()
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these; nothing when there are none.
    pub(crate) fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices.get(self.below(choices.len())).copied().unwrap_or_default()
    }

    /// A place in the text where a character begins, or its end.
    pub(crate) fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
