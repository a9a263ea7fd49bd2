using System.Text;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Files;

/// <summary>Where files are kept.</summary>
public enum FileStoreKind
{
    /// <summary>In a folder of this machine: <see cref="LocalFileStore"/>.</summary>
    Local,

    /// <summary>In S3, or what speaks its protocol: <see cref="S3FileStore"/>.</summary>
    S3,

    /// <summary>In Azure's blob storage: <see cref="AzureBlobFileStore"/>.</summary>
    AzureBlob,
}

/// <summary>Where files are kept. The section <c>FlexCore:Files</c>. What is said here of attempts, breakers and limits of time does not concern a folder; a limit of time holds for each part of a file.</summary>
public sealed class FilesOptions : ClientOptions
{
    /// <summary>In what.</summary>
    public FileStoreKind Kind { get; set; }

    /// <summary>What stands before all names in the store, so that several can share one: <c>team-a/</c>. 100 bytes at most.</summary>
    public string Folder { get; set; } = "";

    /// <summary>How many bytes of a file are in memory, and are sent at once: 5 MiB to 64 MiB. S3 takes 10,000 of them for a file.</summary>
    public int PartBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>The folder, where it is one.</summary>
    public LocalFilesOptions Local { get; set; } = new();

    /// <summary>S3, where it is that.</summary>
    public S3FilesOptions S3 { get; set; } = new();

    /// <summary>Azure's blob storage, where it is that.</summary>
    public AzureBlobFilesOptions AzureBlob { get; set; } = new();

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (!Enum.IsDefined(Kind)) yield return (nameof(Kind), $"must be one of {string.Join(", ", Enum.GetNames<FileStoreKind>())}");
        if (Folder.Length > 0 && (!Folder.EndsWith('/') || !FileNames.IsName(Folder[..^1]) || Encoding.UTF8.GetByteCount(Folder) > FileNames.LongestFolder))
            yield return (nameof(Folder), $"must be of the form team-a/ and have {FileNames.LongestFolder} bytes at most");
        if (PartBytes is < 5 * 1024 * 1024 or > 64 * 1024 * 1024) yield return (nameof(PartBytes), "must be 5242880 to 67108864");
        var (place, problems) = Kind switch
        {
            FileStoreKind.S3 => (nameof(S3), S3.Problems()),
            FileStoreKind.AzureBlob => (nameof(AzureBlob), AzureBlob.Problems()),
            _ => (nameof(Local), Local.Problems()),
        };
        foreach (var (key, problem) in problems) yield return ($"{place}:{key}", problem);
    }
}

/// <summary>A folder with files.</summary>
public sealed class LocalFilesOptions
{
    private const int ShortestKey = 32;

    /// <summary>The folder. It is made where it is not there.</summary>
    public string Path { get; set; } = "";

    /// <summary>What links begin with, which serves them: <c>https://files.example.com/api/v1/files/</c>. Empty where there are none.</summary>
    public string LinkAddress { get; set; } = "";

    /// <summary>What links are signed with, 32 characters at least; whoever has it can make links.</summary>
    public string LinkKey { get; set; } = "";

    internal IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Path.Length == 0) yield return (nameof(Path), "is missing; it is the folder that files are kept in");
        if (LinkAddress.Length > 0 && (!Uri.TryCreate(LinkAddress, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || !LinkAddress.EndsWith('/'))) yield return (nameof(LinkAddress), "must be an address as https://files.example.com/api/v1/files/");
        if (LinkKey.Length is > 0 and < ShortestKey) yield return (nameof(LinkKey), $"must have at least {ShortestKey} characters");
        if ((LinkAddress.Length == 0) != (LinkKey.Length == 0)) yield return (nameof(LinkKey), "must be set where LinkAddress is, and only there");
    }
}

/// <summary>A bucket of S3.</summary>
public sealed class S3FilesOptions
{
    /// <summary>The bucket. It must be there.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>The region, as <c>eu-central-1</c>.</summary>
    public string Region { get; set; } = "";

    /// <summary>Where the service is, where that is not the region's own address: <c>https://s3.example.com</c>. The bucket is then named in paths.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>The id of the access key. Empty for what the machine gives: the environment, a profile, a role of the container or the instance (https://docs.aws.amazon.com/sdk-for-net/v4/developer-guide/creds-assign.html).</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>The secret of the access key.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>The token of a key that is given for a while.</summary>
    public string SessionToken { get; set; } = "";

    internal IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Bucket.Length == 0) yield return (nameof(Bucket), "is missing");
        if (Region.Length == 0 && Endpoint.Length == 0) yield return (nameof(Region), "is missing; it is of the form eu-central-1, and may be left out only where Endpoint is set");
        if (Endpoint.Length > 0 && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) && address.Scheme is "https" or "http")) yield return (nameof(Endpoint), "must be an address that begins with https:// or http://");
        if ((AccessKey.Length == 0) != (SecretKey.Length == 0)) yield return (nameof(SecretKey), "must be set where AccessKey is, and only there");
    }
}

/// <summary>A container of Azure's blob storage.</summary>
public sealed class AzureBlobFilesOptions
{
    /// <summary>The container. It must be there.</summary>
    public string Container { get; set; } = "";

    /// <summary>The storage account.</summary>
    public string Account { get; set; } = "";

    /// <summary>Where the service is, where that is not <c>https://ACCOUNT.blob.core.windows.net</c>.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>The account's key. Links are made with it.</summary>
    public string AccountKey { get; set; } = "";

    /// <summary>In its place, a shared access signature that may read, write, list and delete: <c>sv=…&amp;sig=…</c>. Links cannot be made with one.</summary>
    public string Sas { get; set; } = "";

    internal Uri Address => new(Endpoint.Length == 0 ? $"https://{Account}.blob.core.windows.net/" : Endpoint.EndsWith('/') ? Endpoint : $"{Endpoint}/");

    internal IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Container.Length == 0) yield return (nameof(Container), "is missing");
        if (Account.Length == 0 || !Account.All(char.IsAsciiLetterOrDigit)) yield return (nameof(Account), "must be the name of the storage account, of letters and digits");
        if (Endpoint.Length > 0 && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" && address.Query.Length == 0)) yield return (nameof(Endpoint), "must be an address that begins with https:// or http://, without a query");
        if ((AccountKey.Length == 0) == (Sas.Length == 0)) yield return (nameof(AccountKey), "or Sas must be set, and not both");
        if (!Convert.TryFromBase64String(AccountKey, new byte[AccountKey.Length], out _)) yield return (nameof(AccountKey), "must be in Base64, as Azure shows it");
    }
}
