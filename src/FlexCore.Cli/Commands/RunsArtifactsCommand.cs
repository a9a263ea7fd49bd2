using System.CommandLine;
using System.Security.Cryptography;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs artifacts</c>.</summary>
internal static class RunsArtifactsCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "One of the files, or STEP/NAME where several steps have left one of this name; without it, they are listed", Arity = ArgumentArity.ZeroOrOne };
        var output = new Option<string?>("--output") { Description = "Where the file is written to, which is not there yet; standard output where none is named", HelpName = "FILE" };
        return ApiCommand.Create("artifacts", "The files that steps of a run have left, or one of them. Example: flexcore runs artifacts latest report.csv --output report.csv", [RunsCommands.Run, name, output], async (api, parsed, cancellationToken) =>
        {
            var run = await api.GetRunAsync(parsed.GetRequiredValue(RunsCommands.Run), cancellationToken);
            var artifacts = await api.ListArtifactsAsync(run.RunId, cancellationToken).ToListAsync(cancellationToken);
            if (parsed.GetValue(name) is not { } wanted)
            {
                return ApiCommand.Print(parsed, artifacts, JsonOutput.Documents.IReadOnlyListRunArtifact, list =>
                    TextTable.Print(["STEP", "NAME", "SIZE", "SHA-256"], list.Select(IReadOnlyList<string> (artifact) => [artifact.Step, artifact.Name, Figures.Size(artifact.Length), artifact.Sha256])));
            }

            var found = Choose(artifacts, wanted, run.RunId);
            if (parsed.GetValue(output) is not { } path) await WriteAsync(Console.OpenStandardOutput());
            else await OwnFile.WriteAsync(path, WriteAsync);
            return 0;

            async Task<long> WriteAsync(Stream file)
            {
                using var hash = SHA256.Create();
                await using (var hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true)) await api.ReadArtifactAsync(run.RunId, found.Step, found.Name, hashed, cancellationToken);
                if (Convert.ToHexStringLower(hash.Hash!) != found.Sha256) throw new FlexCoreException(new Error(ErrorCodes.StoreUnusable, $"the artifact '{found.Name}' is not what step {found.Step} has left: its SHA-256 is another one", SpecificRemedy: "Find out who can write to the store of files; the log says what it was."));
                return found.Length;
            }
        });
    }

    private static RunArtifact Choose(List<RunArtifact> artifacts, string wanted, Guid run)
    {
        List<RunArtifact> named = [.. artifacts.Where(artifact => $"{artifact.Step}/{artifact.Name}" == wanted)];
        if (named.Count == 0) named = [.. artifacts.Where(artifact => artifact.Name == wanted)];
        return named.Count switch
        {
            1 => named[0],
            0 => throw new FlexCoreException(new Error(ErrorCodes.NotFound, $"run {run} has no artifact '{wanted}'", SpecificRemedy: "`flexcore runs artifacts RUN` lists those there are.")),
            _ => throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"several steps have left '{wanted}': {string.Join(", ", named.Select(artifact => $"{artifact.Step}/{artifact.Name}"))}", SpecificRemedy: "Name the step, too: STEP/NAME.")),
        };
    }
}
