using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Secrets;

namespace FlexCore.Plugins.Tests.Secrets;

public sealed class SecretMaskTests
{
    private const string Key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nab==\n-----END PRIVATE KEY-----\n";

    [Theory]
    [InlineData("the password is hunter2!", "the password is ***!")]
    [InlineData("hunter2hunter2", "******")]
    [InlineData("longer: hunter2-and-more", "longer: ***")]
    [InlineData("number 12345678", "number ***")]
    [InlineData("user alice", "user alice")]
    [InlineData("short abc", "short abc")]
    [InlineData("HUNTER2", "HUNTER2")]
    [InlineData("", "")]
    public void Secret_is_masked_wherever_it_stands(string text, string masked) =>
        SecretMask.Of(["hunter2", "hunter2-and-more", "12345678", "abc", "hunter2"]).Apply(text).ShouldBe(masked);

    [Theory]
    [InlineData("""{"password":"p\u00e4ss\"wo\\rd\u0026"}""", """{"password":"***"}""")]
    [InlineData("""{"password":"\u0070\u00E4\u0073s\u0022wo\u005crd&"}""", """{"password":"***"}""")]
    [InlineData("""{"text":"{\"password\":\"päss\\\"wo\\\\rd&\"}"}""", """{"text":"{\"password\":\"***\"}"}""")]
    [InlineData("""{'password': 'päss"wo\\rd&'}""", """{'password': '***'}""")]
    [InlineData("""b'p\xc3\xa4ss"wo\\rd&'""", "b'***'")]
    [InlineData("?password=p%C3%A4ss%22wo%5crd%26&x=1", "?password=***&x=1")]
    [InlineData("?url=%2F%3Fpassword%3Dp%25C3%25A4ss%2522wo%255Crd%2526", "?url=%2F%3Fpassword%3D***")]
    [InlineData("cMOkc3Mid29ccmQm", "***")]
    [InlineData("70c3a4737322776f5c726426 70C3A4737322776F5C726426", "*** ***")]
    public void Secret_is_masked_as_programs_write_it(string text, string masked) => SecretMask.Of(["""päss"wo\rd&"""]).Apply(text).ShouldBe(masked);

    [Theory]
    [InlineData("")]
    [InlineData("u")]
    [InlineData("us")]
    [InlineData("user:")]
    [InlineData("somebody:")]
    public void Secret_is_masked_in_base64_whatever_comes_before_and_behind_it(string before)
    {
        foreach (var behind in new[] { "", ":", "..", "..." })
        {
            foreach (var secret in new[] { "hunter2", "ÿþýüûúù", "open sesame" })
            {
                var text = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{before}{secret}{behind}"));
                var masked = SecretMask.Of([secret]).Apply($"Basic {text}");
                masked.ShouldStartWith("Basic ");
                masked.ShouldContain("***");
                Rest(masked["Basic ".Length..], text).ShouldBeLessThan((before.Length + behind.Length) * 2 + 4, masked);
                SecretMask.Of([secret]).Apply(text.Replace('+', '-').Replace('/', '_')).ShouldBe(masked["Basic ".Length..].Replace('+', '-').Replace('/', '_'));
            }
        }

        static int Rest(string masked, string text) => text.Length - (text.Length - masked.Replace("***", "", StringComparison.Ordinal).Length);
    }

    [Fact]
    public void Each_line_of_a_secret_is_masked_and_a_line_that_says_nothing_is_not()
    {
        var mask = SecretMask.Of([Key]);

        foreach (var line in new[] { "-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "ab==" }) mask.Apply($"| {line} |").ShouldBe("| *** |");
        mask.Apply(JsonSerializer.Serialize(Key)).ShouldBe("\"***\"");
        mask.Apply("SGVsbG8gd29ybGQ").ShouldBe("SGVsbG8gd29ybGQ");
        SecretMask.Of(["a\n{\n}\nlong line"]).Apply("{ a } long line").ShouldBe("{ a } ***");
    }

    [Theory]
    [InlineData("open sesame", "q=open+sesame", "q=***")]
    [InlineData("open sesame", "q=open%20sesame", "q=***")]
    [InlineData("aaaa", "xaaaaaax", "x***x")]
    [InlineData("abcabc", "abcabcabc!", "***!")]
    public void Secret_that_overlaps_itself_or_has_spaces_is_masked_whole(string secret, string text, string masked) => SecretMask.Of([secret]).Apply(text).ShouldBe(masked);

    [Theory]
    [InlineData("the key is hunter2", "the key is ***")]
    [InlineData("the key is hunt", "the key is ")]
    [InlineData("the key is h", "the key is ")]
    [InlineData("hunter2hun", "***")]
    [InlineData("aHVudGVy", "")]
    [InlineData("key 68756e74", "key ")]
    [InlineData("the key is \\u0068un\\u00", "the key is ")]
    [InlineData("the key is %68un%7", "the key is ")]
    [InlineData("nothing of it", "nothing of it")]
    [InlineData("no half of é", "no half of ")]
    public void Cut_text_keeps_no_beginning_of_a_secret_at_its_end(string text, string masked) => SecretMask.Of(["hunter2"]).Apply(text, isCut: true).ShouldBe(masked);

    [Theory]
    [InlineData("")]
    [InlineData("\u00c3")]
    [InlineData("%")]
    [InlineData("\\")]
    [InlineData("\\\\\\\\")]
    [InlineData("\\u")]
    [InlineData("\\ud83d\\u")]
    public void Text_that_is_nothing_but_halves_can_be_cut(string text) => SecretMask.Of(["hunter2"]).Apply(Encoding.Latin1.GetBytes(text), isCut: true).IsEmpty.ShouldBeTrue();

    [Fact]
    public void Text_without_secrets_stays_the_very_same()
    {
        ReadOnlyMemory<byte> bytes = """{"a":"\u00e4 %41 ÿ"}"""u8.ToArray();
        const string Text = "half a pair: \ud83d, and \\u0041 %41";

        SecretMask.Of(["hunter2"]).Apply(bytes).Equals(bytes).ShouldBeTrue();
        SecretMask.Of(["hunter2"]).Apply(Text).ShouldBeSameAs(Text);
        SecretMask.None.Apply(bytes, isCut: true).Equals(bytes).ShouldBeTrue();
        SecretMask.None.Apply(Text, isCut: true).ShouldBeSameAs(Text);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_looked_through_too() =>
        SecretMask.Of(["hunter2"]).Apply((byte[])[0xFF, .. "hunter2"u8, 0xC3]).ToArray().ShouldBe((byte[])[0xFF, .. "***"u8, 0xC3]);

    [Theory]
    [InlineData("""{"a":["hunter2",{"b":"x hunter2"}],"n":1.50}""", """{"a":["***",{"b":"x ***"}],"n":1.50}""")]
    [InlineData("""{"hunter2":1,"x hunter2":2}""", """{"***":1,"x ***":2}""")]
    [InlineData("""[12345678,-12345678.5,1234567]""", """["***","-***.5",1234567]""")]
    [InlineData("""{"a":"\u0068unter2"}""", """{"a":"***"}""")]
    [InlineData("""{"a":[true,null,"hunter"]}""", """{"a":[true,null,"hunter"]}""")]
    public void Value_is_masked_in_its_texts_numbers_and_names(string json, string masked)
    {
        var mask = SecretMask.Of(["hunter2", "12345678"]);
        var value = JsonElement.Parse(json);

        mask.Apply(value).GetRawText().ShouldBe(masked);
        mask.Finds(value).ShouldBe(json != masked);
        SecretMask.None.Finds(value).ShouldBeFalse();
    }
}
