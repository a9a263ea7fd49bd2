using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore notify test</c>.</summary>
internal static class NotifyCommand
{
    public static Command Create() => new("notify", "The channels by which people are told of runs") { Test() };

    private static Command Test()
    {
        var channel = new Argument<string>("CHANNEL") { Description = "The channel in flexcore.yaml" };
        return ApiCommand.Create(
            "test", "Send a message that only shows that a channel works. Example: flexcore notify test ops-mail", [channel],
            async (api, parsed, cancellationToken) => ApiCommand.Print(
                parsed, await api.TestChannelAsync(parsed.GetRequiredValue(channel), cancellationToken), JsonOutput.Documents.ChannelTest, test => Console.Out.WriteLine($"a test message was sent to {test.Channel}")),
            ProjectLocation.OfCurrentFolder);
    }
}
