using System.Text;

namespace FlexCore.Plugins.Tests;

public sealed class PluginJsonTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":1e999999,"b":123456789012345678901234567890,"c":"\ud83d\ude42","d":[null,-0]}""")]
    public void Object_is_taken_as_it_was_written(string json) => PluginJson.ParseObject(Encoding.UTF8.GetBytes(json)).ShouldNotBeNull().GetRawText().ShouldBe(json);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{")]
    [InlineData("{} x")]
    [InlineData("""{"a":NaN}""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    public void Text_that_could_not_be_stored_or_shown_is_refused(string json) => PluginJson.ParseObject(Encoding.UTF8.GetBytes(json)).ShouldBeNull();

    [Fact]
    public void Invalid_UTF8_and_deep_nesting_are_refused()
    {
        PluginJson.ParseObject(new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' }).ShouldBeNull();
        PluginJson.ParseObject(Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 10_000) + new string(']', 10_000) + "}")).ShouldBeNull();
    }

    [Fact]
    public void Any_mutation_of_an_object_is_taken_or_refused() =>
        Mutations.Run("""{"bookmarks":{"orders":{"id":9223372036854775808,"at":"9999-12-31T23:59:60Z"},"é":"\ud83d\ude42"}}"""u8.ToArray(), seed: 7, bytes =>
        {
            if (PluginJson.ParseObject(bytes) is { } taken) System.Text.Json.JsonSerializer.Serialize(taken).ShouldNotBeEmpty();
        });
}
