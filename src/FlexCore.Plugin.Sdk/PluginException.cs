namespace FlexCore.Sdk;

/// <summary>Ends a plugin with one line on standard error and exit code 1: whose fault it is, where, and what to do.</summary>
/// <param name="message">The line.</param>
/// <param name="cause">What lies behind it; not shown.</param>
public sealed class PluginException(string message, Exception? cause = null) : Exception(message, cause);
