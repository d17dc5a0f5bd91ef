//! Reports of findings made by hand: what each format says, and what it must never say.

mod hostile;
mod human;
mod json;
mod run;
