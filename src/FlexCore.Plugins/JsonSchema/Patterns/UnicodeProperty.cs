using System.Collections.Concurrent;
using System.Globalization;
using static System.Globalization.UnicodeCategory;

namespace FlexCore.Plugins.JsonSchema.Patterns;

/// <summary>The properties that <c>\p{…}</c> may name: general categories, Any and ASCII. Scripts are not among them.</summary>
internal static class UnicodeProperty
{
    private static readonly ConcurrentDictionary<string, CodePointSet> Known = new(StringComparer.Ordinal);

    // Their names in Unicode, short and long.
    private static readonly (string Names, UnicodeCategory[] Categories)[] Groups =
    [
        ("L Letter", [UppercaseLetter, LowercaseLetter, TitlecaseLetter, ModifierLetter, OtherLetter]),
        ("LC Cased_Letter", [UppercaseLetter, LowercaseLetter, TitlecaseLetter]),
        ("Lu Uppercase_Letter", [UppercaseLetter]),
        ("Ll Lowercase_Letter", [LowercaseLetter]),
        ("Lt Titlecase_Letter", [TitlecaseLetter]),
        ("Lm Modifier_Letter", [ModifierLetter]),
        ("Lo Other_Letter", [OtherLetter]),
        ("M Mark Combining_Mark", [NonSpacingMark, SpacingCombiningMark, EnclosingMark]),
        ("Mn Nonspacing_Mark", [NonSpacingMark]),
        ("Mc Spacing_Mark", [SpacingCombiningMark]),
        ("Me Enclosing_Mark", [EnclosingMark]),
        ("N Number", [DecimalDigitNumber, LetterNumber, OtherNumber]),
        ("Nd Decimal_Number digit", [DecimalDigitNumber]),
        ("Nl Letter_Number", [LetterNumber]),
        ("No Other_Number", [OtherNumber]),
        (
            "P Punctuation punct",
            [ConnectorPunctuation, DashPunctuation, OpenPunctuation, ClosePunctuation, InitialQuotePunctuation, FinalQuotePunctuation, OtherPunctuation]
        ),
        ("Pc Connector_Punctuation", [ConnectorPunctuation]),
        ("Pd Dash_Punctuation", [DashPunctuation]),
        ("Ps Open_Punctuation", [OpenPunctuation]),
        ("Pe Close_Punctuation", [ClosePunctuation]),
        ("Pi Initial_Punctuation", [InitialQuotePunctuation]),
        ("Pf Final_Punctuation", [FinalQuotePunctuation]),
        ("Po Other_Punctuation", [OtherPunctuation]),
        ("S Symbol", [MathSymbol, CurrencySymbol, ModifierSymbol, OtherSymbol]),
        ("Sm Math_Symbol", [MathSymbol]),
        ("Sc Currency_Symbol", [CurrencySymbol]),
        ("Sk Modifier_Symbol", [ModifierSymbol]),
        ("So Other_Symbol", [OtherSymbol]),
        ("Z Separator", [SpaceSeparator, LineSeparator, ParagraphSeparator]),
        ("Zs Space_Separator", [SpaceSeparator]),
        ("Zl Line_Separator", [LineSeparator]),
        ("Zp Paragraph_Separator", [ParagraphSeparator]),
        ("C Other", [Control, Format, PrivateUse, OtherNotAssigned]),
        ("Cc Control cntrl", [Control]),
        ("Cf Format", [Format]),
        ("Co Private_Use", [PrivateUse]),
        ("Cn Unassigned", [OtherNotAssigned]),
    ];

    /// <summary>The code points that have a property; null when it is not known.</summary>
    public static CodePointSet? Find(string name)
    {
        name = name.Replace("General_Category=", "", StringComparison.Ordinal).Replace("gc=", "", StringComparison.Ordinal);
        if (Known.TryGetValue(name, out var known)) return known;
        var set = name switch
        {
            "Any" => CodePointSet.Of((0, CodePointSet.Last)),
            "ASCII" => CodePointSet.Of((0, 0x7F)),
            _ => Groups.FirstOrDefault(group => group.Names.Split(' ').Contains(name, StringComparer.Ordinal)).Categories is { } categories
                ? CodePointSet.Of(categories)
                : null,
        };
        if (set is not null) Known[name] = set;
        return set;
    }
}
