using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore state get</c>.</summary>
internal static class StateCommands
{
    public static Command Create() => new("state", "The bookmarks that targets have confirmed") { Get() };

    private static Command Get()
    {
        var pipeline = new Argument<string>("PIPELINE") { Description = "The pipeline's name" };
        var step = new Argument<string?>("STEP") { Description = "Only this step", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("get", "The committed state of each sync step. Example: flexcore state get quickstart") { pipeline, step, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var name = parsed.GetRequiredValue(pipeline);
            var states = (await session.GetState.ListAsync(name, cancellationToken))
                .Where(state => parsed.GetValue(step) is not { } wanted || state.Key == wanted)
                .ToList();
            if (states.Count == 0)
                return new ErrorPrinter(parsed.GetValue(CommandLine.Json)).Print([new Error(ErrorCodes.NotFound, $"nothing is committed for pipeline {name}")]);

            JsonOutput.Print(new JsonObject(states.Select(state => KeyValuePair.Create(state.Key, JsonOutput.Node(state.Value)))));
            return 0;
        });
        return command;
    }
}
