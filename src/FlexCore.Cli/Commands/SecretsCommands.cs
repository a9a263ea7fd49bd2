using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Application.Secrets;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;
using FlexCore.Server.Documents;
using SetSecret = FlexCore.Client.SetSecret;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore secrets set|list|delete</c>.</summary>
internal static class SecretsCommands
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The secret" };

    // Caught, so that no error repeats it.
    private static readonly Argument<string[]> Value = new("VALUE") { Hidden = true, Arity = ArgumentArity.ZeroOrMore };

    public static Command Create() => new("secrets", "Passwords and keys for plugins, kept encrypted. Their values are never shown") { Set(), List(), Delete() };

    private static Command Set() => ApiCommand.Create(
        "set", "Give a secret its value: from standard input, or asked for on a terminal; never as an argument. Example: flexcore secrets set api_key <key.txt", [Name, Value],
        async (api, parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(Name);
            if (parsed.GetValue(Value) is { Length: > 0 })
                throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "the value of a secret is no argument, for arguments are seen by others", SpecificRemedy: "Give it on standard input, or type it when asked; and give this one up."));

            // Nobody is asked for what cannot be kept.
            if (ChangeSecret.RefuseName(name) is { } refusal) throw new FlexCoreException(refusal);
            var value = Console.IsInputRedirected ? await ReadAsync(name, cancellationToken) : await HiddenPrompt.AskAsync($"Value of {name}", cancellationToken);
            await api.SetSecretAsync(name, new SetSecret(value), cancellationToken);
            return End(parsed, name, "set");
        },
        ProjectLocation.OfCurrentFolder);

    private static Command List() => ApiCommand.Create("list", "The names of all secrets, and when they were set. Example: flexcore secrets list", [], async (api, parsed, cancellationToken) =>
    {
        var secrets = await api.ListSecretsAsync(cancellationToken).ToListAsync(cancellationToken);
        return ApiCommand.Print(
            parsed, secrets, JsonOutput.Documents.IReadOnlyListSecret, list => TextTable.Print(["SECRET", "SET"], list.Select(secret => (string[])[secret.Name, secret.SetAt is { } at ? Figures.Time(at) : "-"])));
    });

    private static Command Delete() => ApiCommand.Create("delete", "Remove a secret. Example: flexcore secrets delete api_key", [Name], async (api, parsed, cancellationToken) =>
    {
        await api.DeleteSecretAsync(parsed.GetRequiredValue(Name), cancellationToken);
        return End(parsed, parsed.GetRequiredValue(Name), "deleted");
    });

    private static int End(ParseResult parsed, string name, string done)
    {
        if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["name"] = name, [done] = true });
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
}
