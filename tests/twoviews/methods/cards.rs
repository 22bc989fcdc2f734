//! What cards promise of knobs.

use std::collections::{BTreeMap, BTreeSet};

use twoviews::methods::METHODS;
use twoviews::settings::card::{Card, Case, KnobKind, Weights};

#[test]
fn every_switch_of_a_diagram_is_a_knob() {
    for entry in METHODS {
        let Card {
            id, diagram, knobs, ..
        } = entry.card;
        let average = match diagram.weights {
            Weights::Average { switch } => switch,
            Weights::Shared => None,
        };
        let parts = diagram.branches.iter().copied().chain([diagram.memory]);
        let switches = parts.flatten().filter_map(|part| part.switch);
        for switch in switches.chain(average) {
            let known = knobs.iter().any(|knob| knob.field == switch);
            assert!(known, "{id}: no knob {switch}");
        }
    }
}

#[test]
fn every_card_says_what_to_try_and_what_goes_wrong_in_sentences() {
    for Card {
        id, tries, fails, ..
    } in METHODS.iter().map(|entry| &entry.card)
    {
        for text in [tries, fails] {
            let whole = text.ends_with('.') && text.len() > 40;
            assert!(whole, "{id}: {text:?}");
            assert_eq!(*text, text.trim(), "{id}");
        }
        assert_ne!(tries, fails, "{id}");
    }
}

/// All settings of some knobs, as the page writes them, on which a text of a card depends.
fn ways(card: &Card, cases: &[Case]) -> Vec<BTreeMap<&'static str, String>> {
    let id = card.id;
    let mut ways = vec![BTreeMap::new()];
    let named: BTreeSet<_> = cases.iter().flat_map(|case| case.when).collect();
    let named: BTreeSet<_> = named.into_iter().map(|(field, _)| *field).collect();
    for field in named {
        let knob = card.knobs.iter().find(|knob| knob.field == field);
        let knob = knob.unwrap_or_else(|| panic!("{id}: no knob {field}"));
        let values: Vec<String> = match knob.kind {
            KnobKind::Switch => ["true", "false"].map(String::from).into(),
            KnobKind::Choice { options } => options.iter().map(|o| o.value.into()).collect(),
            KnobKind::Count { min, max, .. } => (min..=max).map(|n| n.to_string()).collect(),
            KnobKind::Number { .. } => panic!("{id}: a text cannot list the values of {field}"),
        };
        for (_, wanted) in cases
            .iter()
            .flat_map(|case| case.when)
            .filter(|(f, _)| *f == field)
        {
            let known = wanted.iter().all(|value| values.iter().any(|v| v == value));
            assert!(
                known,
                "{id}: {field} takes {values:?}, not all of {wanted:?}"
            );
        }
        let turned = |way: &BTreeMap<_, _>| {
            let way = way.clone();
            let with = move |value: &String| {
                let mut way = way.clone();
                way.insert(field, value.clone());
                way
            };
            values.iter().map(with).collect::<Vec<_>>()
        };
        ways = ways.iter().flat_map(turned).collect();
    }
    ways
}

#[test]
fn every_text_of_a_card_that_depends_on_knobs_holds_with_some_and_a_formula_with_all() {
    for entry in METHODS {
        let card = &entry.card;
        let formulas = card.terms.iter().map(|term| (term.formula, true));
        let letters = card.letters.iter().map(|cases| (*cases, false));
        for (cases, needed) in formulas.chain(letters) {
            let mut said = BTreeSet::new();
            for way in ways(card, cases) {
                let holds = |case: &Case| {
                    let mut when = case.when.iter();
                    when.all(|(field, values)| values.contains(&way[field].as_str()))
                };
                let first = cases.iter().position(holds);
                assert!(
                    first.is_some() || !needed,
                    "{}: nothing with {way:?}",
                    card.id
                );
                said.extend(first);
            }
            let never = (0..cases.len()).find(|at| !said.contains(at));
            let never = never.map(|at| cases[at].text);
            assert_eq!(never, None, "{}: is never said", card.id);
        }
    }
}
