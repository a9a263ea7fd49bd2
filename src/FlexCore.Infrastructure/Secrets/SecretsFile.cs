using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Infrastructure.Secrets;

/// <summary>
/// The file of the local store. It is replaced as a whole, so who reads it needs no lock and never sees half of a change; who
/// changes it holds a lock file, so that of two changes at once none is lost.
/// </summary>
internal sealed class SecretsFile(string path, TimeProvider time)
{
    private const int WouldBlock = 11;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(20);

    /// <summary>What is in it; nothing where there is none.</summary>
    public async Task<SecretsDocument> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var json = await File.ReadAllBytesAsync(path, cancellationToken);
            var document = JsonSerializer.Deserialize(json, SecretsJson.Default.SecretsDocument);
            return document is { Version: SecretsDocument.CurrentVersion } && document.Secrets.All(entry => SecretRules.IsName(entry.Key) && entry.Value is not null)
                ? document
                : throw Unreadable("it is of another version, or not a store of secrets");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new SecretsDocument();
        }
        catch (JsonException)
        {
            throw Unreadable("it is not what FlexCore writes");
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    /// <summary>Changes what is in it. It is durable when this completes.</summary>
    public async Task ChangeAsync(Action<SecretsDocument> change, CancellationToken cancellationToken)
    {
        try
        {
            await using var held = await LockAsync(cancellationToken);
            var document = await ReadAsync(cancellationToken);
            change(document);
            Replace(JsonSerializer.SerializeToUtf8Bytes(document, SecretsJson.Default.SecretsDocument));
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    /// <summary>The file, or what belongs to it, cannot be used.</summary>
    public FlexCoreException Unreadable(string why, string? remedy = null) => new(new Error(ErrorCodes.SecretsUnreadable, $"the store of secrets {path}: {why}", SpecificRemedy: remedy));

    private void Replace(byte[] json)
    {
        // One name, which the lock makes ours: what a killed process has left there is written over.
        var fresh = $"{path}.new";
        File.Delete(fresh);
        using (var file = new FileStream(fresh, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = DataDirectory.OwnerReadsAndWrites }))
        {
            file.Write(json);
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>The operating system's lock (flock) on a file beside it, which ends with the process that holds it, however it ends.</summary>
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream($"{path}.lock", new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = DataDirectory.OwnerReadsAndWrites });
            }
            catch (IOException e) when (e.HResult == WouldBlock)
            {
                if (time.GetElapsedTime(began) > LongestWait) throw new FlexCoreException(new Error(ErrorCodes.StoreBusy, $"another process is changing {path} for more than {LongestWait.TotalSeconds:0} s"), e);
            }

            await Task.Delay(BetweenTries, time, cancellationToken);
        }
    }
}

/// <summary>What is in the file of the local store.</summary>
internal sealed class SecretsDocument
{
    public const int CurrentVersion = 1;

    [JsonRequired]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The fingerprint of the key that the values are under.</summary>
    [JsonRequired]
    public byte[] Key { get; set; } = [];

    /// <summary>By name.</summary>
    [JsonRequired]
    public SortedDictionary<string, SealedSecret> Secrets { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>A value that only the key opens.</summary>
/// <param name="SetAt">When it was set.</param>
/// <param name="Value">Nonce, ciphertext and tag.</param>
internal sealed record SealedSecret(DateTimeOffset SetAt, byte[] Value);

/// <summary>Serialisers of the local store, made at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, AllowDuplicateProperties = false, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SecretsDocument))]
internal sealed partial class SecretsJson : JsonSerializerContext;
