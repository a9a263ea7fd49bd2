using System.Text.Encodings.Web;
using System.Text.Json;

namespace FlexCore.Server.Console;

/// <summary>JSON to be read by people.</summary>
public static class JsonText
{
    // What is no ASCII stays legible; the page encodes it for HTML.
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A value over several lines.</summary>
    public static string Of(JsonElement value)
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, Indented)) value.WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <summary>A value on one line, as far as it fits.</summary>
    /// <param name="value">The value.</param>
    /// <param name="most">So many characters at most.</param>
    public static string Short(JsonElement value, int most) => value.GetRawText() is var text && text.Length > most ? $"{text[..most]}…" : text;
}
