using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Api;

/// <summary>A server that somebody has logged in to.</summary>
/// <param name="Name">What it is called here.</param>
/// <param name="Server">Its address.</param>
/// <param name="Token">The access token.</param>
/// <param name="IsInsecure">Whether the token may go to it in the clear.</param>
internal sealed record ServerProfile(string Name, string Server, string Token, bool IsInsecure);

/// <summary>The servers that the user has logged in to: <c>flexcore/profiles.json</c> in <c>$XDG_CONFIG_HOME</c>, which is <c>~/.config</c> where it is not set. For its owner alone.</summary>
/// <param name="All">All of them, by name.</param>
internal sealed record Profiles(IReadOnlyList<ServerProfile> All)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static string Folder =>
        Path.Combine(Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } chosen ? chosen : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"), "flexcore");

    private static string File => Path.Combine(Folder, "profiles.json");

    /// <summary>Those there are.</summary>
    /// <exception cref="FlexCoreException">The file cannot be read.</exception>
    public static Profiles Read()
    {
        try
        {
            return new Profiles(JsonSerializer.Deserialize(System.IO.File.ReadAllBytes(File), ProfilesJson.Default.IReadOnlyListServerProfile) ?? []);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Profiles([]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // What is wrong with its content could repeat a token.
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the profiles in {File} cannot be read{(e is JsonException ? "" : $": {e.Message}")}", SpecificRemedy: "Repair the file, or delete it and log in again."), e);
        }
    }

    /// <summary>The profile of that name.</summary>
    public ServerProfile? Find(string name) => All.FirstOrDefault(profile => profile.Name == name);

    /// <summary>A profile of the server at that address.</summary>
    public ServerProfile? FindByServer(Uri address) => All.FirstOrDefault(profile => profile.Server == address.AbsoluteUri);

    /// <summary>The same with one more, or with another one of its name.</summary>
    public Profiles With(ServerProfile added) => new([.. All.Where(profile => profile.Name != added.Name).Append(added).OrderBy(profile => profile.Name, StringComparer.Ordinal)]);

    /// <summary>The same without one.</summary>
    public Profiles Without(string name) => new([.. All.Where(profile => profile.Name != name)]);

    /// <summary>Writes them in place of those there are; a reader sees the one file or the other.</summary>
    /// <exception cref="FlexCoreException">They cannot be written.</exception>
    public void Write()
    {
        var fresh = $"{File}.{Guid.CreateVersion7():N}";
        try
        {
            Directory.CreateDirectory(Folder, OwnerOnly | UnixFileMode.UserExecute);
            using (var output = new FileStream(fresh, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                JsonSerializer.Serialize(output, All, ProfilesJson.Default.IReadOnlyListServerProfile);
                output.Flush(flushToDisk: true);
            }

            System.IO.File.Move(fresh, File, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            System.IO.File.Delete(fresh);
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the profiles cannot be written to {File}: {e.Message}"), e);
        }
    }
}

/// <summary>Serialisers made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(IReadOnlyList<ServerProfile>))]
internal sealed partial class ProfilesJson : JsonSerializerContext;
