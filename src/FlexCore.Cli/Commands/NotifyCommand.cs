using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Notifications;
using FlexCore.Cli.Output;
using FlexCore.Infrastructure;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore notify test</c>.</summary>
internal static class NotifyCommand
{
    public static Command Create() => new("notify", "The channels by which people are told of runs") { Test() };

    private static Command Test()
    {
        var channel = new Argument<string>("CHANNEL") { Description = "The channel in flexcore.yaml" };
        var command = new Command("test", "Send a message that only shows that a channel works. Example: flexcore notify test ops-mail") { channel, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            var name = parsed.GetRequiredValue(channel);
            var project = ProjectLocation.OfCurrentFolder(parsed);
            var settings = project.ReadSettings();
            var secrets = InfrastructureModule.OpenSecrets(project.Data, settings.Secrets, TimeProvider.System);
            var test = new TestChannel(InfrastructureModule.CreateNotificationSender(secrets, TimeProvider.System), settings.Channels);
            if (await test.HandleAsync(name, cancellationToken) is { } failure) return new ErrorPrinter(json).Print([failure]);

            if (json) JsonOutput.Print(new JsonObject { ["channel"] = name, ["sent"] = true });
            else Console.Out.WriteLine($"a test message was sent to {name}");
            return 0;
        });
        return command;
    }
}
