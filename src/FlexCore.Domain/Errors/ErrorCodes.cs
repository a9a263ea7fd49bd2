namespace FlexCore.Domain.Errors;

/// <summary>The one registry of error codes. <c>docs/reference/errors.md</c> is made from it, and a test compares the two.</summary>
public static partial class ErrorCodes
{
    private const int Failed = 1;
    private const int BadInput = 2;
    private const int MachineCannot = 3;
    private const int Violated = 4;
    private const int Cancelled = 130;

    // Lazy: the order in which the static fields of a partial class are initialised is not defined across its files.
    private static readonly Lazy<OrderedDictionary<string, ErrorCode>> Registry = new(() =>
        new(Classes().Select(code => KeyValuePair.Create(code.Id, code))));

    /// <summary>Every code, in order.</summary>
    public static IReadOnlyList<ErrorCode> All => Registry.Value.Values;

    /// <summary>The entry of a code that a reusable package has thrown; a code that nobody registered is a bug of ours.</summary>
    public static ErrorCode Find(string id) => Registry.Value.TryGetValue(id, out var code) ? code : Bug;

    private static IEnumerable<ErrorCode> Classes() => [.. InputCodes(), .. PluginCodes(), .. StoreCodes(), .. CoordinationCodes(), .. ExternalCodes(), .. AccessCodes(), .. IntegrityCodes(), Bug];

    private static ErrorCode Input(string id, string name, string meaning, string remedy) =>
        new(id, name, BadInput, IsTransient: false, ErrorLevel.Error, meaning, remedy, CountsAgainstAvailability: false);

    private static ErrorCode Plugin(string id, string name, string meaning, string remedy, bool transient = false, int exitCode = Failed) =>
        new(id, name, exitCode, transient, ErrorLevel.Error, meaning, remedy, CountsAgainstAvailability: false);

    private static ErrorCode Store(string id, string name, string meaning, string remedy, bool transient = false) =>
        new(id, name, MachineCannot, transient, ErrorLevel.Critical, meaning, remedy, CountsAgainstAvailability: true);

    private static ErrorCode Coordination(string id, string name, string meaning, string remedy, bool transient = false) =>
        new(id, name, Failed, transient, ErrorLevel.Warning, meaning, remedy, CountsAgainstAvailability: false);

    private static ErrorCode External(string id, string name, string meaning, string remedy, bool transient = false) =>
        new(id, name, Failed, transient, ErrorLevel.Warning, meaning, remedy, CountsAgainstAvailability: false);

    private static ErrorCode Integrity(string id, string name, string meaning, string remedy) =>
        new(id, name, Violated, IsTransient: false, ErrorLevel.Critical, meaning, remedy, CountsAgainstAvailability: false);
}
