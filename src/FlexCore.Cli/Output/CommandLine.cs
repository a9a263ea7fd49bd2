using System.CommandLine;
using System.CommandLine.Parsing;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Cli.Output;

/// <summary>Parses and runs a command, and tells every kind of failure in the same words and exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Shows stack traces.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Show more, and the stack trace of an error", Recursive = true };

    /// <summary>One JSON document on standard output.</summary>
    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document on standard output, and nothing else there" };

    /// <summary>Another data directory.</summary>
    public static Option<string?> Data { get; } = new("--data") { Description = "The data directory (default: .flexcore in the project)", HelpName = "DIR" };

    /// <summary>Another environment.</summary>
    public static Option<string?> Environment { get; } = new("--env", "--environment") { Description = "The environment of flexcore.yaml whose settings, variables and data hold", HelpName = "NAME" };

    /// <summary>The same for commands whose <c>--env</c> is something else.</summary>
    public static Option<string?> EnvironmentInFull { get; } = new("--environment") { Description = Environment.Description, HelpName = "NAME" };

    /// <summary>A time, by the clocks of UTC where it names no zone.</summary>
    public static DateTimeOffset ReadTime(string option, string text) => Schedule.ParseTime(text, TimeZoneInfo.Utc)
        ?? throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"{option} {Printable.Escape(text)}: it must be {Schedule.TimeRule}"));

    /// <summary>How much of a list.</summary>
    public static Option<int> Limit(int absent)
    {
        var limit = new Option<int>("--limit") { Description = "At most so many", DefaultValueFactory = _ => absent };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var number) && number < 1) result.AddError($"--limit {number}: it must be at least 1");
        });
        return limit;
    }

    /// <summary>An option that takes one of a few words.</summary>
    public static Option<string?> Words(string name, string description, params IReadOnlyList<string> words)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = string.Join('|', words) };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !words.Contains(token.Value, StringComparer.Ordinal))) result.AddError($"{name} {token.Value}: it must be one of {string.Join(", ", words)}");
        });
        return option;
    }

    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        root.Options.Add(Verbose);
        var parsed = root.Parse(args);
        var errors = new ErrorPrinter(args.Contains("--json", StringComparer.Ordinal));
        if (parsed.Errors.Count > 0)
            return errors.Print([.. Reasons(parsed).Select(reason => new Error(ErrorCodes.UsageInvalid, reason))]);

        try
        {
            // Signals are ours: a run ends gently at the first and at once at the second.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (FlexCoreException e)
        {
            return errors.Print(e.Errors, parsed.GetValue(Verbose) ? e : null);
        }
        catch (OperationCanceledException)
        {
            return ErrorCodes.RunCancelled.ExitCode;
        }
        catch (IOException e) when (IsBrokenPipe(e))
        {
            // Whoever read our output has gone: `flexcore events list | head`.
            return 0;
        }
#pragma warning disable CA1031 // The last catch of the process: whatever it is, the user gets one line and the way to report it.
        catch (Exception e)
        {
            return errors.Print([new Error(ErrorCodes.Bug, $"{e.GetType().Name}: {e.Message}")], parsed.GetValue(Verbose) ? e : null);
        }
#pragma warning restore CA1031
    }

    // An unknown command is reported as that, and not as a command that is missing too.
    private static IEnumerable<string> Reasons(ParseResult parsed) =>
        parsed.UnmatchedTokens.FirstOrDefault(token => token is "--server" or "--profile") is { } remote && parsed.CommandResult.Command.Action is not null
            ? [$"`flexcore {Path(parsed.CommandResult)}` works on this machine only, and takes no {remote}"]
            : parsed.UnmatchedTokens.Count > 0
            ? parsed.UnmatchedTokens.Select(token => $"'{token}' is not a command or option that is known here")
            : parsed.Errors.Select(error => error.Message);

    private static string Path(CommandResult command) => command.Parent is CommandResult { Parent: CommandResult } above ? $"{Path(above)} {command.Command.Name}" : command.Command.Name;

    private static bool IsBrokenPipe(IOException e)
    {
        const int Epipe = 32;
        return e.HResult == Epipe;
    }
}
