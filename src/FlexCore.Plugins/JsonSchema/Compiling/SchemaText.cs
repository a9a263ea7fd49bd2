using System.Text;
using FlexCore.Domain;

namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>Text of schemas in messages: a schema comes from outside and may be long, or hold what terminals obey.</summary>
internal static class SchemaText
{
    private const int Longest = 100;

    public static string Show(ReadOnlySpan<byte> text) => Show(Encoding.UTF8.GetString(text[..Math.Min(text.Length, Longest * 4)]));

    public static string Show(string text) => Printable.Escape(text.Length <= Longest ? text : text[..Longest] + "…");
}
