using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;

namespace FlexCore.Cli.Api;

/// <summary>Files of this machine with what was kept of a log, as their texts are sent. What they are not is told with the name of the file.</summary>
internal static class EvidenceFiles
{
    /// <summary>The text of a checkpoint.</summary>
    /// <exception cref="FlexCoreException">The file cannot be read, or is none.</exception>
    public static string ReadCheckpoint(string file) => Read(file, bytes => Checkpoint.Parse(SignedNote.Parse(bytes).Text));

    /// <summary>The PEM of a public key.</summary>
    /// <exception cref="FlexCoreException">The file cannot be read, or is none.</exception>
    public static string ReadKey(string file) => Read(file, bytes => VerificationKey.FromPem(file, Encoding.UTF8.GetString(bytes)));

    private static string Read(string file, Func<byte[], object> check)
    {
        try
        {
            if (new FileInfo(file).Length > SignedNote.MaxSize) throw new FormatException($"It is larger than {SignedNote.MaxSize / 1024} KiB.");
            var bytes = File.ReadAllBytes(file);
            _ = check(bytes);
            return Encoding.UTF8.GetString(bytes);
        }
        catch (FormatException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.ProofInputInvalid, $"{file}: {e.Message}"), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the file {file} cannot be read: {e.Message}"), e);
        }
    }
}
