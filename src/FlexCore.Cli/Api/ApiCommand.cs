using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using FlexCore.Cli.Output;
using FlexCore.Client;

namespace FlexCore.Cli.Api;

/// <summary>Makes commands that ask what a server can answer, too: of the log of this machine, or with <c>--server</c> or <c>--profile</c> of a server.</summary>
internal static class ApiCommand
{
    /// <summary>Makes one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does, with an example.</param>
    /// <param name="symbols">Its own arguments and options.</param>
    /// <param name="action">What it does; the exit code.</param>
    /// <param name="locate">Where its project is on this machine; null for the one around the current folder, whose data must be there.</param>
    public static Command Create(string name, string description, IReadOnlyList<Symbol> symbols, Func<IFlexCoreApi, ParseResult, CancellationToken, Task<int>> action, Func<ParseResult, ProjectLocation>? locate = null)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)symbol);
        }

        // Where `--env` is something else, the environment has its full name only.
        var isTaken = command.Options.Any(option => option.Name == CommandLine.Environment.Name);
        foreach (var option in (Option[])[CommandLine.Data, isTaken ? CommandLine.EnvironmentInFull : CommandLine.Environment, CommandLine.Json, ServerLocation.Server, ServerLocation.Profile, ServerLocation.Insecure])
        {
            if (!command.Options.Contains(option)) command.Options.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => AskAsync(parsed, locate ?? Existing, api => action(api, parsed, cancellationToken), cancellationToken));
        return command;
    }

    /// <summary>Prints a document: as it is with <c>--json</c>, else in words.</summary>
    /// <returns>The exit code of success.</returns>
    public static int Print<T>(ParseResult parsed, T document, JsonTypeInfo<T> json, Action<T> inWords)
    {
        if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(document, json);
        else inWords(document);
        return 0;
    }

    private static ProjectLocation Existing(ParseResult parsed) => ProjectLocation.OfCurrentFolder(parsed).MustExist();

    private static async Task<int> AskAsync(ParseResult parsed, Func<ParseResult, ProjectLocation> locate, Func<IFlexCoreApi, Task<int>> action, CancellationToken cancellationToken)
    {
        if (ServerLocation.Read(parsed) is { } server) return await AskServerAsync(server, action);
        await using var session = await Session.OpenAsync(locate(parsed), cancellationToken);
        return await action(new LocalApi(session));
    }

    // By itself: what answers here does not load what speaks HTTP.
    private static async Task<int> AskServerAsync(ServerLocation server, Func<IFlexCoreApi, Task<int>> action)
    {
        using var connection = new ServerConnection(server);
        return await action(connection.Client);
    }
}
