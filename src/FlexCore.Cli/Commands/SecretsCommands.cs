using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Application.Secrets;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;
using Spectre.Console;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore secrets set|list|delete</c>.</summary>
internal static class SecretsCommands
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The secret" };

    // Caught, so that no error repeats it.
    private static readonly Argument<string[]> Value = new("VALUE") { Hidden = true, Arity = ArgumentArity.ZeroOrMore };

    public static Command Create() => new("secrets", "Passwords and keys for plugins, kept encrypted. Their values are never shown") { Set(), List(), Delete() };

    private static Command Set()
    {
        var command = new Command("set", "Give a secret its value: from standard input, or asked for on a terminal; never as an argument. Example: flexcore secrets set api_key <key.txt")
        {
            Name, Value, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(Name);
            if (parsed.GetValue(Value) is { Length: > 0 })
                return End(parsed, new Error(ErrorCodes.UsageInvalid, "the value of a secret is no argument, for arguments are seen by others", SpecificRemedy: "Give it on standard input, or type it when asked; and give this one up."), name, "set");
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);

            // Nobody is asked for what cannot be kept.
            if (session.ChangeSecret.Refuse(name) is { } refusal) return End(parsed, refusal, name, "set");
            var value = Console.IsInputRedirected ? await ReadAsync(name, cancellationToken) : await AskAsync(name, cancellationToken);
            return End(parsed, await session.AskAsync(new SetSecret(name, value), cancellationToken), name, "set");
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "The names of all secrets, and when they were set. Example: flexcore secrets list") { CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var secrets = await session.Secrets.ListAsync(cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(secrets, Describe));
            else TextTable.Print(["SECRET", "SET"], secrets.Select(secret => (string[])[secret.Name, secret.SetAt is { } at ? Words.Time(at) : "-"]));
            return 0;
        });
        return command;
    }

    private static Command Delete()
    {
        var command = new Command("delete", "Remove a secret. Example: flexcore secrets delete api_key") { Name, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(Name);
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            return End(parsed, await session.AskAsync(new DeleteSecret(name), cancellationToken), name, "deleted");
        });
        return command;
    }

    private static int End(ParseResult parsed, Result<string> changed, string name, string done)
    {
        var json = parsed.GetValue(CommandLine.Json);
        if (!changed.IsSuccess) return new ErrorPrinter(json).Print(changed.Errors);
        if (json) JsonOutput.Print(new JsonObject { ["name"] = name, [done] = true });
        else Console.Out.WriteLine($"secret {name} {done}");
        return 0;
    }

    /// <summary>All of standard input; the newline at its end, which `echo` adds, is not part of the value.</summary>
    private static async Task<string> ReadAsync(string name, CancellationToken cancellationToken)
    {
        // One more than may be: enough to be refused as too long.
        var bytes = new byte[SecretRules.MostBytes + 3];
        await using var input = Console.OpenStandardInput();
        var length = await input.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        try
        {
            var value = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
            return value.EndsWith("\r\n", StringComparison.Ordinal) ? value[..^2] : value.EndsWith('\n') ? value[..^1] : value;
        }
        catch (DecoderFallbackException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.SecretUnusable, $"the value of secret {name} is not UTF-8"), e);
        }
    }

    private static Task<string> AskAsync(string name, CancellationToken cancellationToken)
    {
        // Looking for a key switches the terminal's echo off: what is pasted right behind the prompt must not show either.
        _ = Console.KeyAvailable;
        return new TextPrompt<string>($"Value of {Markup.Escape(name)} (not shown):").Secret(mask: null)
            .ShowAsync(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }), cancellationToken);
    }

    private static JsonObject Describe(SecretEntry secret) => new() { ["name"] = secret.Name, ["set_at"] = secret.SetAt?.ToString("O") };
}
