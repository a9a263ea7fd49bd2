namespace FlexCore.Sandbox.Limits;

/// <summary>Files of the kernel, which may be gone, or refuse to be read, at any moment.</summary>
internal static class ProcFile
{
    /// <summary>The content; empty when it cannot be read.</summary>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
