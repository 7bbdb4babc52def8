//! What distributed maps read their items from, how they bundle them, and where they write their results.

use super::super::expression::Moment;
use super::super::finding::Checking;
use super::super::problem::{BadResource, BadShape};
use super::super::resource::Store;
use super::super::spot::Spot;
use super::super::state::State;
use super::super::template;
use super::super::value::{self, COUNT};
use super::super::vocabulary::QueryLanguage;

const READER_CONFIG: &[&str] = &[
    "InputType",
    "Transformation",
    "CSVHeaderLocation",
    "CSVHeaders",
    "CSVDelimiter",
    "ItemsPointer",
    "ManifestType",
    "MaxItems",
    "MaxItemsPath",
];

/// Reports what is wrong with `ItemReader`, `ItemBatcher` and `ResultWriter`.
pub(super) fn check(state: &State<'_>, to: &mut Checking<'_>) {
    let spot = &state.spot;
    if let Some(field) = spot.field("ItemReader").filter(|field| value::is_object(field, to)) {
        reader(&field, state, to);
    }
    if let Some(field) = spot.field("ItemBatcher").filter(|field| value::is_object(field, to)) {
        batcher(&field, state, to);
    }
    if let Some(field) = spot.field("ResultWriter").filter(|field| value::is_object(field, to)) {
        writer(&field, state, to);
    }
}

fn reader(spot: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    let fields = &["Resource", "ReaderConfig", "Parameters", "Arguments"];
    value::required(spot, &["Resource"], to);
    value::only(spot, fields, to);
    value::only_of(spot, fields, state.language, to);
    store(spot, Store::Reader, state, to);
    let Some(config) = spot.field("ReaderConfig").filter(|config| value::is_object(config, to)) else {
        return;
    };
    value::only(&config, READER_CONFIG, to);
    value::only_of(&config, READER_CONFIG, state.language, to);
    value::at_most_one(&config, &["MaxItems", "MaxItemsPath"], to);
    super::number(&config, "MaxItems", "MaxItemsPath", COUNT, state, to);
    for (name, expected) in [
        ("InputType", &["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"][..]),
        ("Transformation", &["NONE", "LOAD_AND_FLATTEN"]),
        ("CSVHeaderLocation", &["FIRST_ROW", "GIVEN"]),
        ("CSVDelimiter", &["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]),
        ("ManifestType", &["S3_INVENTORY", "ATHENA_DATA"]),
    ] {
        if let Some(field) = config.field(name) {
            value::among(&field, expected, to);
        }
    }
    headers(&config, to);
}

fn headers(config: &Spot<'_>, to: &mut Checking<'_>) {
    let says =
        |name: &str, expected: &str| config.field(name).is_some_and(|field| field.text() == Some(expected));
    if says("InputType", "CSV") && !config.has("CSVHeaderLocation") {
        let because = "says where the names of the columns are";
        to.add_at_key(BadShape::RequiredWith { field: "CSVHeaderLocation", because }, config);
    }
    if says("CSVHeaderLocation", "GIVEN") {
        value::required(config, &["CSVHeaders"], to);
    }
    if let Some(location) = config.field("CSVHeaderLocation").filter(|_| says("InputType", "JSON")) {
        let why = "JSON has no header";
        to.add(BadShape::NotHere { field: "CSVHeaderLocation", why }, location.key_span, &config.at);
    }
    if let Some(headers) = config.field("CSVHeaders").filter(|headers| value::is_list(headers, to)) {
        for header in headers.items() {
            value::text(&header, to);
        }
    }
}

fn batcher(spot: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    let fields = &[
        "BatchInput",
        "MaxItemsPerBatch",
        "MaxItemsPerBatchPath",
        "MaxInputBytesPerBatch",
        "MaxInputBytesPerBatchPath",
    ];
    value::only(spot, fields, to);
    value::only_of(spot, fields, state.language, to);
    for (name, path_name) in
        [("MaxItemsPerBatch", "MaxItemsPerBatchPath"), ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")]
    {
        value::at_most_one(spot, &[name, path_name], to);
        super::number(spot, name, path_name, COUNT, state, to);
    }
    if let Some(field) = spot.field("BatchInput") {
        template::check(&field, Moment::Input, state, to);
    }
}

fn writer(spot: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    let fields = &["Resource", "WriterConfig", "Parameters", "Arguments"];
    value::only(spot, fields, to);
    value::only_of(spot, fields, state.language, to);
    store(spot, Store::Writer, state, to);
    let Some(config) = spot.field("WriterConfig").filter(|config| value::is_object(config, to)) else {
        return;
    };
    value::only(&config, &["Transformation", "OutputType"], to);
    if let Some(field) = config.field("Transformation") {
        value::among(&field, &["NONE", "COMPACT", "FLATTEN"], to);
    }
    if let Some(field) = config.field("OutputType") {
        value::among(&field, &["JSON", "JSONL"], to);
    }
}

/// `Resource` and the request to it.
fn store(spot: &Spot<'_>, store: Store, state: &State<'_>, to: &mut Checking<'_>) {
    if let Some(resource) = spot.field("Resource")
        && let Some(found) = value::text(&resource, to).filter(|found| !store.knows(found))
    {
        let problem = BadResource::UnknownStore { found: found.to_owned(), among: store.resources() };
        to.add_at(problem, &resource);
    }
    if let Some(field) = spot.field("Parameters") {
        template::check_payload(&field, state, to);
    }
    if let Some(field) = spot.field("Arguments").filter(|_| state.language == QueryLanguage::Jsonata) {
        template::check(&field, Moment::Input, state, to);
    }
}
