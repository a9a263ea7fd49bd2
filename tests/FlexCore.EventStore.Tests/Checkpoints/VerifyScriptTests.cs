using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using FlexCore.EventStore.Hashing;
using FlexCore.EventStore.Merkle;
using FlexCore.EventStore.Tests.Merkle;
using FlexCore.Testing;

namespace FlexCore.EventStore.Tests.Checkpoints;

/// <summary>What an auditor does: docs/verify.py with files that this code writes, and with ones that somebody has tampered with.</summary>
public sealed class VerifyScriptTests : IDisposable
{
    private const string Origin = "example.org/log";
    private const int Good = 0;
    private const int Failed = 1;
    private const int BadInput = 2;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexcore-verify-");
    private readonly SigningKey _key = SigningKey.Create(Origin);
    private readonly RecordedEvent[] _log = [.. Enumerable.Range(1, 200).Select(Event)];
    private readonly LogHash[] _leaves;
    private readonly TreeReader _tree;

    public VerifyScriptTests()
    {
        _leaves = [.. _log.Select(recorded => MerkleHash.Leaf(EventHash.Of(recorded, PreviousHash(recorded))))];
        _tree = new TreeReader(TilesInMemory.Of(_leaves));
        File.WriteAllText(KeyFile, _key.Verification.ToPem());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string KeyFile => Path.Combine(_folder.FullName, "public.pem");

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Auditor_can_verify_that_an_event_was_in_the_log()
    {
        foreach (var (position, size) in new[] { (1, 1), (1, 200), (2, 200), (64, 64), (65, 65), (129, 130), (200, 200) })
        {
            var proof = await InclusionAsync(position, size);

            proof.FindFault([_key.Verification]).ShouldBeNull();
            await ShouldEndAsync(Text(proof.WriteTo), Good, $"ok: event {position} ('StepStarted' of 'run-\\xe9') is in the log '{Origin}' of {size} events");
        }
    }

    [Fact]
    public async Task Auditor_can_verify_that_the_log_has_lost_and_changed_nothing()
    {
        foreach (var (before, after) in new[] { (0, 0), (0, 200), (1, 2), (64, 200), (100, 200), (127, 128), (128, 129), (200, 200) })
        {
            var proof = await ConsistencyAsync(before, after);

            proof.FindFault([_key.Verification]).ShouldBeNull();
            await ShouldEndAsync(Text(proof.WriteTo), Good, $"ok: the log '{Origin}' of {after} events begins with all {before} events that it had");
        }
    }

    [Fact]
    public async Task Event_that_was_tampered_with_fails()
    {
        var proof = await InclusionAsync(100, 200);
        RecordedEvent[] others =
        [
            proof.Event with { Position = 101 }, proof.Event with { Position = 201 }, proof.Event with { StreamId = "run-e" }, proof.Event with { Version = 1 }, proof.Event with { Id = Guid.CreateVersion7() },
            proof.Event with { Type = "StepFailed" }, proof.Event with { RecordedAt = proof.Event.RecordedAt.AddMicroseconds(1) }, proof.Event with { Data = default }, proof.Event with { Metadata = new byte[1] },
        ];

        foreach (var other in others)
        {
            var forged = proof with { Event = other };
            forged.FindFault([_key.Verification]).ShouldNotBeNull();
            await ShouldEndAsync(Text(forged.WriteTo), Failed, "FAILED: ");
        }

        await ShouldEndAsync(Text((proof with { PreviousHash = default }).WriteTo), Failed, "FAILED: the event is not in the log");
        await ShouldEndAsync(Text((proof with { Path = [.. proof.Path.Skip(1)] }).WriteTo), Failed, "FAILED: the proof is too short");
        await ShouldEndAsync(Text((proof with { Path = [.. proof.Path, default] }).WriteTo), Failed, "FAILED: the proof is too long");
        await ShouldEndAsync(Text((proof with { Path = new LogHash[65] }).WriteTo), Failed, "FAILED: the proof is too long");
        await ShouldEndAsync(Changed(proof, json => json["hash"] = default(LogHash).ToString()), Failed, "FAILED: the event is not the one that the hash is of");
    }

    [Fact]
    public async Task Log_that_was_tampered_with_fails()
    {
        var proof = await ConsistencyAsync(100, 200);
        ConsistencyProof[] forgeries =
        [
            proof with { Old = proof.New, New = proof.Old }, proof with { Old = Sign(101, NaiveTree.Root(_leaves.AsSpan(0, 100))) }, proof with { Old = Sign(100, default) }, proof with { New = Sign(200, default) },
            proof with { Old = Sign(0, default), Path = [] }, proof with { Old = Sign(200, default), Path = [] }, proof with { Old = SignedNote.Sign($"other\n100\n{Checkpoint.Parse(proof.Old.Text).Root}\n", _key) },
            proof with { Path = [.. proof.Path.Skip(1)] }, proof with { Path = [.. proof.Path, default] }, proof with { Path = [] }, proof with { Path = [.. proof.Path.Reverse()] },
        ];

        foreach (var forged in forgeries)
        {
            forged.FindFault([_key.Verification]).ShouldNotBeNull();
            await ShouldEndAsync(Text(forged.WriteTo), Failed, "FAILED: ");
        }
    }

    [Fact]
    public async Task Checkpoint_that_the_owner_has_not_signed_fails()
    {
        using var stranger = SigningKey.Create(Origin);
        var proof = await InclusionAsync(100, 200);
        await ShouldEndAsync(Text((proof with { Checkpoint = SignedNote.Sign(proof.Checkpoint.Text, stranger) }).WriteTo), Failed, "FAILED: no given key has signed the checkpoint");

        var id = Convert.FromBase64String(proof.Checkpoint.ToString().TrimEnd('\n').Split(' ')[^1])[..4];
        var good = proof.Checkpoint.Signatures[0].Signature.ToArray();
        byte[] order = Convert.FromHexString("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        byte[][] signatures =
        [
            new byte[70], good[..^1], [.. good, 0], [0x30, 6, 2, 1, 0, 2, 1, 0], [0x30, 6, 2, 1, 1, 2, 1, 1], [0x30, 6, 2, 1, 1, 2, 1, 0], [0x30, 7, 2, 2, 0, 1, 2, 1, 1],
            [0x30, 38, 2, 33, .. order, 2, 1, 1], [0x30, 38, 2, 1, 1, 2, 33, .. order], [0x30, 6, 2, 200, 1, 2, 1, 1], [0x30], [.. good[..^1], (byte)(good[^1] ^ 1)],
        ];
        foreach (var signature in signatures)
        {
            var note = $"{proof.Checkpoint.Text}\n\u2014 {Origin} {Convert.ToBase64String([.. id, .. signature])}\n";
            SignedNote.Parse(Encoding.UTF8.GetBytes(note)).Verify([_key.Verification]).ShouldBeFalse();
            await ShouldEndAsync(Changed(proof, json => json["checkpoint"] = note), Failed, "FAILED: ");
        }
    }

    [Fact]
    public async Task File_that_is_no_proof_is_told_from_a_proof_that_fails()
    {
        var proof = await InclusionAsync(100, 200);
        var whole = Text(proof.WriteTo);
        string[] garbage =
        [
            "", "{", "[]", "7", "{}", new('[', 100_000), whole[..^10], whole + "x", whole.Replace("inclusion", "exclusion"), whole.Replace("\"kind\"", "\"hash\": \"\", \"kind\""),
            Changed(proof, json => json["proof"]![0] = "AAAA"), Changed(proof, json => json["proof"]![0] = 7), Changed(proof, json => json["checkpoint"] = "x"), Changed(proof, json => json["event"] = "x"),
            Changed(proof, json => json["event"]!["at"] = "2026-03-01T12:00:00Z"), Changed(proof, json => json["event"]!["at"] = "2026-02-30T12:00:00.000000Z"), Changed(proof, json => json["event"]!["id"] = "1"),
            Changed(proof, json => json["event"]!["position"] = -1), Changed(proof, json => json["event"]!["position"] = true), Changed(proof, json => json["event"]!["version"] = 1.5),
            Changed(proof, json => json["event"]!["data_base64"] = "e30"), Changed(proof, json => json["previous_hash"] = "e30="), Changed(proof, json => json["event"]!["stream"] = null),
        ];

        foreach (var text in garbage) await ShouldEndAsync(text, BadInput, "");
        await File.WriteAllTextAsync(KeyFile, _key.ToPem(), Token);
        await ShouldEndAsync(whole, BadInput, "");
        await File.WriteAllTextAsync(KeyFile, _key.Verification.ToPem().Replace("A", "B"), Token);
        await ShouldEndAsync(whole, BadInput, "");
    }

    private static RecordedEvent Event(int position) => new(
        position, "run-é", position, Guid.CreateVersion7(), "StepStarted", Encoding.UTF8.GetBytes($"{{\"n\":{position}}}"), "{}"u8.ToArray(), new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(position));

    private static string Text(Action<Stream> write)
    {
        using var file = new MemoryStream();
        write(file);
        return Encoding.UTF8.GetString(file.ToArray());
    }

    private static string Changed(InclusionProof proof, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(Text(proof.WriteTo))!;
        change(json);
        return json.ToJsonString();
    }

    private LogHash PreviousHash(RecordedEvent recorded) => _log.Take((int)recorded.Position - 1).Aggregate(default(LogHash), (hash, before) => EventHash.Of(before, hash));

    private SignedNote Sign(long size, LogHash root) => SignedNote.Sign(new Checkpoint(Origin, size, root).ToString(), _key);

    private async Task<InclusionProof> InclusionAsync(int position, int size) =>
        new(_log[position - 1], PreviousHash(_log[position - 1]), await _tree.ProveInclusionAsync(position - 1, size, Token), Sign(size, await _tree.RootAsync(size, Token)));

    private async Task<ConsistencyProof> ConsistencyAsync(int before, int after) =>
        new(Sign(before, await _tree.RootAsync(before, Token)), Sign(after, await _tree.RootAsync(after, Token)), await _tree.ProveConsistencyAsync(before, after, Token));

    private async Task ShouldEndAsync(string proof, int exitCode, string output)
    {
        var file = Path.Combine(_folder.FullName, "proof.json");
        await File.WriteAllTextAsync(file, proof, Token);
        var start = new ProcessStartInfo("/usr/bin/python3", [Repository.PathOf("docs", "verify.py"), file, "--key", KeyFile]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var python = Process.Start(start)!;
        var error = python.StandardError.ReadToEndAsync(Token);
        var text = await python.StandardOutput.ReadToEndAsync(Token);
        await python.WaitForExitAsync(Token);

        (python.ExitCode, text + await error).ShouldSatisfyAllConditions(
            end => end.ExitCode.ShouldBe(exitCode, end.Item2),
            end => text.ShouldStartWith(output),
            end => end.Item2.ReplaceLineEndings("\n").Count(c => c == '\n').ShouldBe(1, end.Item2));
    }
}
