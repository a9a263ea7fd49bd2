namespace FlexCore.EventStore.Tests.Checkpoints;

public sealed class CheckpointTests
{
    private const string Known = "example.org/log\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n";

    [Fact]
    public void Checkpoint_is_written_as_the_format_says_and_read_again()
    {
        var root = new LogHash(Convert.FromBase64String("qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs="));
        var checkpoint = new Checkpoint("example.org/log", 42, root);

        checkpoint.ToString().ShouldBe(Known);
        Checkpoint.Parse(Known).ShouldBe(checkpoint);
        Checkpoint.Parse(Known + "an extension\nanother\n").ShouldBe(checkpoint);
        Checkpoint.Parse(Known.Replace("42", "0")).Size.ShouldBe(0);
        Checkpoint.Parse(Known.Replace("42", "9223372036854775807")).Size.ShouldBe(long.MaxValue);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData("log\n42\n")]
    [InlineData("log\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=")]
    [InlineData("\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n")]
    [InlineData("log\n042\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n")]
    [InlineData("log\n+42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n")]
    [InlineData("log\n-1\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n")]
    [InlineData("log\n٤٢\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n")]
    [InlineData("log\n9223372036854775808\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n")]
    [InlineData("log\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVct=\n")]
    [InlineData("log\n42\nqINS 1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n")]
    [InlineData("log\n42\nqINS\n")]
    [InlineData("log\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n\nx\n")]
    public void Text_that_is_no_checkpoint_is_refused(string text) => Should.Throw<FormatException>(() => Checkpoint.Parse(text));
}
