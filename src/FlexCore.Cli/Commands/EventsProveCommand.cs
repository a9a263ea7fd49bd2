using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events prove</c>.</summary>
internal static class EventsProveCommand
{
    private const string StandardStream = "-";

    public static Command Create()
    {
        var position = new Argument<long?>("POSITION") { Description = "The event's place in the log", Arity = ArgumentArity.ZeroOrOne };
        var consistency = new Option<string[]>("--consistency") { Description = "Prove that the log of B events begins with that of A, a number or a file with a checkpoint that was kept elsewhere", HelpName = "A B", Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true };
        var file = new Option<string>("--out") { Description = "A file that is not there yet, or - for standard output", HelpName = "FILE", DefaultValueFactory = _ => StandardStream };
        return ApiCommand.Create(
            "prove", "Write a proof that anybody can check with docs/verify.py and the public key. Example: flexcore events prove 17 --out proof.json", [position, consistency, file], async (api, parsed, cancellationToken) =>
            {
                var (place, sizes, path) = (parsed.GetValue(position), parsed.GetValue(consistency) ?? [], parsed.GetRequiredValue(file));
                if (place is null == sizes.Length < 2) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "give the position of an event, or --consistency with two numbers of events"));
                var proof = place is { } wanted ? await api.ProveEventAsync(wanted, cancellationToken) : await ProveGrowthAsync(api, sizes[0], sizes[1], cancellationToken);
                await using var output = path == StandardStream ? Console.OpenStandardOutput() : OwnFile.Create(path);
                await JsonSerializer.SerializeAsync(output, proof, JsonOutput.Documents.JsonElement, cancellationToken);
                return 0;
            });
    }

    /// <summary><c>flexcore events key</c>.</summary>
    public static Command Key() => ApiCommand.Create(
        "key", "The public key that checkpoints and proofs are checked with. Example: flexcore events key >log.pub.pem", [], async (api, parsed, cancellationToken) =>
            ApiCommand.Print(parsed, await api.GetLogKeyAsync(cancellationToken), JsonOutput.Documents.LogKey, key => Console.Out.Write(key.Pem)));

    private static Task<JsonElement> ProveGrowthAsync(IFlexCoreApi api, string older, string newer, CancellationToken cancellationToken)
    {
        if (!long.TryParse(newer, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--consistency A {newer}: B must be a number of events"));
        return api.ProveGrowthAsync(long.TryParse(older, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? older : EvidenceFiles.ReadCheckpoint(older), size, cancellationToken);
    }
}
