using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FlexCore.Plugins.Secrets;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Secrets;

/// <summary>For any secret, in any form, at any place of a text, whole or cut anywhere.</summary>
public sealed class SecretMaskProperties
{
    private static readonly (string Name, Func<string, string> Write)[] Forms =
    [
        ("as it stands", secret => secret),
        ("JSON", secret => JsonEncodedText.Encode(secret).ToString()),
        ("relaxed JSON", secret => JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()),
        ("JSON in JSON", secret => JsonEncodedText.Encode(JsonEncodedText.Encode(secret).ToString(), JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()),
        ("every character as an escape", secret => string.Concat(secret.Select(c => $"\\u{(int)c:X4}"))),
        ("percent-encoded", Uri.EscapeDataString),
        ("percent-encoded twice", secret => Uri.EscapeDataString(Uri.EscapeDataString(secret))),
        ("every byte percent-encoded", secret => string.Concat(Encoding.UTF8.GetBytes(secret).Select(b => $"%{b:x2}"))),
        ("a form of a browser", secret => Uri.EscapeDataString(secret).Replace("%20", "+", StringComparison.Ordinal)),
        ("hexadecimal", secret => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret))),
        ("upper-case hexadecimal", secret => Convert.ToHexString(Encoding.UTF8.GetBytes(secret))),
        ("base64", secret => Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))),
        ("base64url", secret => Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)).Replace('+', '-').Replace('/', '_').TrimEnd('=')),
    ];

    [Fact]
    public void No_form_of_a_secret_is_left_in_any_text() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Cases.ToArbitrary(), item =>
        {
            var written = item.Form.Write(item.Secret);
            var text = $"{item.Before}{written}{item.Behind}";

            var masked = SecretMask.Of([item.Secret]).Apply(text);

            masked.ShouldContain(SecretMask.Mask, customMessage: $"{item.Form.Name} of {item.Secret}");
            foreach (var form in Forms) masked.ShouldNotContain(form.Write(item.Secret), customMessage: $"{form.Name} of {item.Secret}");
        }));

    /// <summary>To other languages than JSON it is then an escape, and takes the beginning of the secret with it.</summary>
    [Fact]
    public void Secret_behind_a_backslash_that_begins_like_an_escape_is_found() =>
        SecretMask.Of(["xaBa&yz9"]).Apply("""\\xaBa\\u0026yz9:""").ShouldBe("""\\***:""");

    [Fact]
    public void No_beginning_of_a_secret_is_left_wherever_its_text_is_cut() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Cases.ToArbitrary(), item =>
        {
            var before = new string('.', 20);
            var written = Encoding.UTF8.GetBytes($"{before}{item.Form.Write(item.Secret)}");
            var mask = SecretMask.Of([item.Secret]);
            for (var length = before.Length; length < written.Length; length++)
            {
                var masked = Encoding.UTF8.GetString(mask.Apply(written.AsMemory(0, length), isCut: true).Span);

                // The padding of base64 says no more than how long the secret is, modulo three.
                masked.TrimStart('.').Replace(SecretMask.Mask, "", StringComparison.Ordinal).Length.ShouldBeLessThanOrEqualTo(1, $"{item.Form.Name} of {item.Secret}, cut at {length}: {masked}");
            }
        }));

    [Fact]
    public void What_is_left_of_a_value_can_be_looked_through_again_and_nothing_is_found() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Cases.ToArbitrary(), item =>
        {
            var value = JsonSerializer.SerializeToElement(new Dictionary<string, object?>(StringComparer.Ordinal) { [$"{item.Before}{item.Form.Write(item.Secret)}"] = new[] { item.Form.Write(item.Secret) } });
            var mask = SecretMask.Of([item.Secret]);

            mask.Finds(value).ShouldBeTrue($"{item.Form.Name} of {item.Secret}");
            mask.Finds(mask.Apply(value)).ShouldBeFalse($"{item.Form.Name} of {item.Secret}");
        }));

    private static Gen<(string Secret, (string Name, Func<string, string> Write) Form, string Before, string Behind)> Cases =>
        from secret in Secret
        from form in Gen.Elements(Forms)
        from before in Around
        from behind in Around
        select (secret, form, before, behind);

    // Whole code points, none of them white space alone: half a surrogate pair is no secret, for it is no UTF-8.
    private static Gen<string> Secret =>
        from letters in Gen.Elements("a", "B", "7", "z", "/", "+", "=", "\"", "\\", "'", "&", "<", "%", "\n", " ", "\t", "é", "я", "漢", "🙂", "\u0001", "~", "-", "_", "$", "{").ListOf(12)
        let secret = $"x{string.Concat(letters)}yz9"
        select secret;

    private static Gen<string> Around => Gen.Elements("", " ", "\"", "=", ":", "password: ", "…", "\\\\", "%", "{\"a\":\"");
}
