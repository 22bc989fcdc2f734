//! h and z of images as files that other tools read.

use std::fs::{self, File};
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::data::{Bytes, ImageSet};
use crate::error::Error;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, FloatType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;
use twoviews_session_file::{Factor, Kind, images_table, npy_head};

use super::{cannot, files};

/// Writes h and z, a row an image, and what they are of.
pub(super) fn keep(folder: &Path, images: &ImageSet, embeddings: &[Bytes; 2]) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|e| cannot("write", folder, &e))?;
    let count = images.names.len();
    let head = |rows: &Bytes| {
        let width = rows.len() / size_of::<f32>() / count;
        npy_head(Kind::Floats, &[count, width])
    };
    let [h, z] = embeddings;
    let shape = [count, images.size, images.size, 3];
    let csv = images_table(&images.names, &factors(images));
    let parts: [(&str, Vec<u8>, &[u8]); 4] = [
        ("h.npy", head(h), h),
        ("z.npy", head(z), z),
        ("squares.npy", npy_head(Kind::Bytes, &shape), &images.pixels),
        ("images.csv", csv, &[]),
    ];
    for (name, head, bytes) in parts {
        files::fill(&folder.join(name), |file| {
            file.write_all(&head)?;
            file.write_all(bytes)
        })?;
    }
    files::fill(&folder.join("embeddings.parquet"), |file| {
        Ok(table(file, images, embeddings)?)
    })
}

/// What is known of the images, as their files have it.
pub(super) fn factors(images: &ImageSet) -> Vec<Factor> {
    let factors = images.factors.iter().map(|factor| Factor {
        name: factor.name.clone(),
        classes: factor.classes.clone(),
        of: factor.of.clone(),
    });
    factors.collect()
}

/// Rows that are in memory once more as they are written.
const GROUP: usize = 4096;

type Rows<'a, 'b> = SerializedRowGroupWriter<'a, &'b mut File>;

/// Name, factors, h and z of each image as one table, in Parquet.
fn table(file: &mut File, images: &ImageSet, embeddings: &[Bytes; 2]) -> Result<(), ParquetError> {
    let known = images.factors.iter().map(|factor| factor.name.as_str());
    let texts = ["name"].into_iter().chain(known).map(text);
    let columns = texts.chain(["h", "z"].map(list));
    let columns = columns.collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("images").with_fields(columns);
    // No two numbers are the same: a dictionary of them would only be given up later.
    let properties = ["h", "z"]
        .iter()
        .fold(WriterProperties::builder(), |all, of| {
            let path = [of, "list", "element"].map(String::from).to_vec();
            all.set_column_dictionary_enabled(path.into(), false)
        });
    let properties = Arc::new(properties.build());
    let mut table = SerializedFileWriter::new(file, Arc::new(schema.build()?), properties)?;
    let count = images.names.len();
    for start in (0..count).step_by(GROUP) {
        let rows = start..count.min(start + GROUP);
        let mut group = table.next_row_group()?;
        let names = images.names[rows.clone()].iter().map(String::as_str);
        write_text(&mut group, names)?;
        for factor in &images.factors {
            let classes = factor.of[rows.clone()].iter();
            write_text(
                &mut group,
                classes.map(|of| factor.classes[usize::from(*of)].as_str()),
            )?;
        }
        for numbers in embeddings {
            write_lists(&mut group, numbers, &rows, count)?;
        }
        group.close()?;
    }
    table.close()?;
    Ok(())
}

fn text(name: &str) -> Result<Arc<Type>, ParquetError> {
    let column = Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::String));
    column.build().map(Arc::new)
}

/// A list of floats, by the names that the format asks for.
fn list(name: &str) -> Result<Arc<Type>, ParquetError> {
    let element = Type::primitive_type_builder("element", Physical::FLOAT)
        .with_repetition(Repetition::REQUIRED);
    let entries = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element.build()?)]);
    let column = Type::group_type_builder(name)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(entries.build()?)]);
    column.build().map(Arc::new)
}

fn write_text<'a>(
    group: &mut Rows<'_, '_>,
    texts: impl Iterator<Item = &'a str>,
) -> Result<(), ParquetError> {
    let texts: Vec<ByteArray> = texts.map(ByteArray::from).collect();
    let mut column = group.next_column()?.expect("the schema has it");
    let written = column.typed::<ByteArrayType>();
    written.write_batch(&texts, None, None)?;
    column.close()
}

/// Some of `count` rows of numbers.
fn write_lists(
    group: &mut Rows<'_, '_>,
    numbers: &Bytes,
    rows: &Range<usize>,
    count: usize,
) -> Result<(), ParquetError> {
    let length = numbers.len() / count;
    let bytes = &numbers[rows.start * length..rows.end * length];
    let (numbers, _) = bytes.as_chunks();
    let numbers: Vec<f32> = numbers.iter().copied().map(f32::from_le_bytes).collect();
    // Each list is there; its first number begins it, and all others go on with it.
    let there = vec![1; numbers.len()];
    let width = length / size_of::<f32>();
    let goes_on: Vec<i16> = (0..numbers.len())
        .map(|at| i16::from(at % width != 0))
        .collect();
    let mut column = group.next_column()?.expect("the schema has it");
    let written = column.typed::<FloatType>();
    written.write_batch(&numbers, Some(&there), Some(&goes_on))?;
    column.close()
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;
    use crate::data;

    /// More rows than are written at once.
    const COUNT: usize = GROUP + 10;

    fn factor(name: &str, classes: [&str; 2]) -> data::Factor {
        data::Factor {
            name: name.into(),
            classes: classes.map(String::from).to_vec(),
            of: (0..COUNT).map(|at| u16::from(at % 3 == 0)).collect(),
        }
    }

    #[test]
    fn a_table_is_read_as_it_was_written() {
        let images = ImageSet {
            names: (0..COUNT).map(|at| format!("é/{at}.png")).collect(),
            factors: vec![
                factor("label", ["cat", "dog, small"]),
                factor("colour", ["", "red"]),
            ],
            ..ImageSet::empty(16)
        };
        let h: Vec<f32> = (0..COUNT * 3).map(|at| at as f32 / 7.0).collect();
        let z: Vec<f32> = h[..COUNT].iter().map(|number| -number).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        let embeddings = [&h, &z].map(|numbers| Bytes::of_floats(numbers));
        table(&mut File::create(&path).unwrap(), &images, &embeddings).unwrap();
        let read = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        assert_eq!(read.num_row_groups(), 2);

        let mut rows = 0;
        for (at, row) in read.get_row_iter(None).unwrap().enumerate() {
            let row = row.unwrap();
            let columns: Vec<(&str, String)> = row
                .get_column_iter()
                .map(|(name, field)| (name.as_str(), plain(field)))
                .collect();
            let [label, colour] = if at % 3 == 0 {
                ["dog, small", "red"]
            } else {
                ["cat", ""]
            };
            let wanted = [
                ("name", format!("é/{at}.png")),
                ("label", label.into()),
                ("colour", colour.into()),
                ("h", format!("{:?}", &h[at * 3..][..3])),
                ("z", format!("{:?}", &z[at..=at])),
            ];
            assert_eq!(columns, wanted);
            rows += 1;
        }
        assert_eq!(rows, COUNT);
    }

    fn plain(field: &Field) -> String {
        match field {
            Field::Str(text) => text.clone(),
            Field::ListInternal(list) => {
                let numbers = list.elements().iter().map(|number| match number {
                    Field::Float(number) => *number,
                    other => panic!("{other:?} is no number"),
                });
                format!("{:?}", numbers.collect::<Vec<f32>>())
            }
            other => panic!("{other:?}"),
        }
    }
}
