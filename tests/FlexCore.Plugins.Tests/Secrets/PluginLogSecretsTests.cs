using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Secrets;
using FlexCore.Plugins.Tests.Sync;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Tests.Secrets;

public sealed class PluginLogSecretsTests
{
    private const int MaxLineBytes = 64 * 1024;
    private const string Secret = "correct horse battery staple";

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public async Task Secret_is_masked_however_its_line_comes_in_pieces(int piece)
    {
        var log = await LogAsync($"before {Secret} behind\n{new string('x', 5000)}{Secret}\n{Secret}", piece);

        log.Lines.ShouldBe(["before *** behind", new string('x', 5000) + "***", "***"]);
    }

    /// <summary>A line that is too long is cut: wherever that is within the secret, nothing of it stays.</summary>
    [Fact]
    public async Task Line_that_is_cut_within_a_secret_keeps_no_part_of_it()
    {
        foreach (var kept in new[] { 1, 5, Secret.Length - 1, Secret.Length })
        {
            var before = new string('x', MaxLineBytes - kept);
            var log = await LogAsync($"{before}{Secret} and so on\nnext\n", 10_000);

            log.Lines.ShouldBe([before + (kept == Secret.Length ? "***…" : "…"), "next"]);
        }
    }

    [Fact]
    public async Task Level_is_found_in_a_line_with_a_secret() =>
        (await LogAsync($"ERROR cannot log in with {Secret}\n{{\"level\":\"warning\",\"text\":\"{Secret}\"}}\n", 4096)).Levels.ShouldBe([LogLineLevel.Error, LogLineLevel.Warning]);

    private static async Task<Warned> LogAsync(string text, int piece)
    {
        var seen = new Warned();
        var (input, output) = SandboxPipe.Create();
        var pumping = new PluginLog("load", "tap", SecretMask.Of([Secret]), seen, seen, TimeProvider.System).PumpAsync(output, isError: true);
        foreach (var bytes in Encoding.UTF8.GetBytes(text).Chunk(piece)) await input.WriteAsync(bytes);
        input.Complete();
        await pumping;
        return seen;
    }
}
