//! CSS colors, as `input type=color` takes them: those of sRGB that styles are mostly written in.

use cssparser::color::{clamp_floor_256_f32, parse_hash_color, parse_named_color};
use cssparser::{ParseError, Parser, Token};

type Parsed<T> = Result<T, ParseError<()>>;

/// A color (a name, `#…`, `rgb()` or `hsl()`) as `#rrggbb`, without its alpha.
pub(super) fn hex(text: &str) -> Option<String> {
    let color = Parser::new(text).parse_entirely(color);
    color.ok().map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}"))
}

fn none<T>() -> Parsed<T> {
    Err(ParseError::custom(()))
}

fn color(input: &mut Parser<'_>) -> Parsed<[u8; 3]> {
    let known = match input.next()?.clone() {
        Token::Hash(digits) | Token::IDHash(digits) => {
            parse_hash_color(digits.as_bytes()).map(|(r, g, b, _)| (r, g, b))
        }
        Token::Ident(name) if name.eq_ignore_ascii_case("transparent") => Ok((0, 0, 0)),
        Token::Ident(name) => parse_named_color(&name),
        Token::Function(name) => {
            return match &*name.to_ascii_lowercase() {
                "rgb" | "rgba" => input.parse_nested_block(|input| Ok(rgb(channels(input, false)?))),
                "hsl" | "hsla" => input.parse_nested_block(|input| Ok(hsl(channels(input, true)?))),
                _ => none(),
            };
        }
        _ => Err(()),
    };
    known.map(|(r, g, b)| [r, g, b]).or_else(|()| none())
}

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Number,
    /// 1 is 100%.
    Percentage,
    /// In degrees.
    Angle,
    Missing,
}
use Unit::*;

type Channel = (f32, Unit);

fn channel(input: &mut Parser<'_>) -> Parsed<Channel> {
    Ok(match input.next()? {
        Token::Ident(name) if name.eq_ignore_ascii_case("none") => (0.0, Missing),
        Token::Number { value, .. } => (*value, Number),
        Token::Percentage { unit_value, .. } => (*unit_value, Percentage),
        Token::Dimension { value, unit, .. } => match &*unit.to_ascii_lowercase() {
            "deg" => (*value, Angle),
            "grad" => (value * 0.9, Angle),
            "rad" => (value.to_degrees(), Angle),
            "turn" => (value * 360.0, Angle),
            _ => return none(),
        },
        _ => return none(),
    })
}

/// Three channels and perhaps an alpha, which is not kept. With commas, as of old, nothing may be
/// missing, and numbers do not stand beside percentages (CSS Color 4, 5.1 and 7).
fn channels(input: &mut Parser<'_>, hue: bool) -> Parsed<[Channel; 3]> {
    let first = channel(input)?;
    let commas = input.try_parse(|input| input.expect_comma()).is_ok();
    let second = channel(input)?;
    if commas {
        input.expect_comma()?;
    }
    let channels = [first, second, channel(input)?];
    let mut alpha = Number;
    if !input.is_exhausted() {
        if commas {
            input.expect_comma()?
        } else {
            input.expect_delim('/')?
        }
        alpha = channel(input)?.1;
    }
    let [first, rest @ ..] = channels.map(|(_, unit)| unit);
    let fits = match (hue, commas) {
        (false, true) => first != Missing && first != Angle && rest == [first; 2],
        (true, true) => matches!(first, Number | Angle) && rest == [Percentage; 2],
        (false, false) => first != Angle && !rest.contains(&Angle),
        (true, false) => first != Percentage && !rest.contains(&Angle),
    };
    if fits && alpha != Angle && !(commas && alpha == Missing) { Ok(channels) } else { none() }
}

fn rgb(channels: [Channel; 3]) -> [u8; 3] {
    channels.map(|(value, unit)| clamp_floor_256_f32(if unit == Percentage { value * 255.0 } else { value }))
}

/// CSS Color 4, 7.1.
fn hsl([(hue, _), saturation, lightness]: [Channel; 3]) -> [u8; 3] {
    let part = |(value, unit): Channel| {
        let part = if unit == Percentage { value } else { value / 100.0 };
        part.clamp(0.0, 1.0)
    };
    let (saturation, lightness) = (part(saturation), part(lightness));
    let range = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|from: f32| {
        let at = (from + hue / 30.0).rem_euclid(12.0);
        let channel = lightness - range * (at - 3.0).min(9.0 - at).clamp(-1.0, 1.0);
        clamp_floor_256_f32(channel * 255.0)
    })
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn css_colors() {
        for (text, expected) in [
            ("red", "#ff0000"),
            (" RebeccaPurple ", "#663399"),
            ("transparent", "#000000"),
            ("#F0a", "#ff00aa"),
            ("#f0a8", "#ff00aa"),
            ("#ABCDEF", "#abcdef"),
            ("#12345678", "#123456"),
            ("rgb(1, 2,3)", "#010203"),
            ("RGBA(255,0,0,.5)", "#ff0000"),
            ("rgb(100%,50%,0%)", "#ff8000"),
            ("rgb(300 -5 127.5 / 50%)", "#ff0080"),
            ("rgb(10% 16 none)", "#1a1000"),
            ("hsl(120, 100%, 25%)", "#008000"),
            ("hsla(-120deg 100% 50% / none)", "#0000ff"),
            ("hsl(.5turn 100 50)", "#00ffff"),
            ("hsl(none 0% 50%)", "#808080"),
            ("rgb(1,2,3", "#010203"),
        ] {
            assert_eq!(hex(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "reddish",
            "#12345",
            "#ggg",
            "# fff",
            "red blue",
            "rgb(1,2)",
            "rgb(1,2,3,4,5)",
            "rgb(1,2 3)",
            "rgb(1 2 3, 4)",
            "rgb(1,2%,3)",
            "rgb(1,2,none)",
            "rgb(1,2,3,none)",
            "rgb(1deg 2 3)",
            "rgb(1 2 3 / 4deg)",
            "hsl(10%, 10%, 10%)",
            "hsl(10, 10, 10)",
            "hsl(10px 10% 10%)",
            "hsl(10, 10%, 10deg)",
            "rgb[1,2,3]",
            "url(x)",
        ] {
            assert_eq!(hex(text), None, "{text}");
        }
    }
}
