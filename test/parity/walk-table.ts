/**
 * What becomes here of every name that `@openai/agents` 0.20 exports, and of every member. Each list
 * is one text. The rule for all of them:
 *
 * - What is here is *honoured*, by a test that runs it on both libraries; a type that only names
 *   something, by a program that is compiled for both.
 * - What a program gives (an option, a setting, a method of its own that a run would call) and is not
 *   honoured is *refused* when it is given, by an error that names it and says what to do.
 * - What a program only imports or reads and is *not here* (tracing, realtime, sandbox, computer and
 *   shell tools, pure types, members of results) cannot be used by mistake: the compiler and Node
 *   refuse its name, which is shown for each; the sentence says what to do. It stands for the members
 *   of a name too.
 */
type Table = Readonly<Record<string, string>>;

/** By the test that runs it on both libraries. */
export const honoured: Table = {
  "parity/agent-tools.test.ts > limits the turns inside": "AgentToolOptions.runOptions",
  "parity/agent-tools.test.ts > offers an agent as a tool only where it is enabled": `
    Agent.asTool AgentToolOptions.isEnabled AgentToolOptions.toolDescription
    AgentToolOptions.toolName
  `,
  "parity/agent-tools.test.ts > rejects the delegation itself": "AgentToolOptions.needsApproval",
  "parity/agent-tools.test.ts > takes parameters of its own": "AgentToolOptions.parameters",
  "parity/agent-tools.test.ts > tells a function the events of the run inside": `
    AgentToolOptions.onStream RunItemStreamEvent.name
  `,
  "parity/agents.test.ts > ${name} after tools were used": `
    Agent.toolUseBehavior AgentOptions.toolUseBehavior ToolOptions.needsApproval
  `,
  "parity/agents.test.ts > asks again where a response says nothing": `
    AssistantMessageItem.content
  `,
  "parity/agents.test.ts > asks for a structured output with a JSON Schema": `
    JsonSchemaDefinition.name JsonSchemaDefinition.schema JsonSchemaDefinition.strict
    JsonSchemaDefinition.type
  `,
  "parity/agents.test.ts > clones an agent with changes": `
    Agent.clone Agent.modelSettings AgentOptions.modelSettings
  `,
  "parity/agents.test.ts > creates agents whose handoffs have outputs of their own": `
    Agent.create RunHandoffCallItem.agent RunHandoffCallItem.rawItem RunHandoffCallItem.type
    RunHandoffOutputItem.rawItem RunHandoffOutputItem.sourceAgent
    RunHandoffOutputItem.targetAgent RunHandoffOutputItem.type
  `,
  "parity/agents.test.ts > fails where the model refuses": `
    ModelRefusalError ModelRefusalError.refusal
  `,
  "parity/agents.test.ts > fails where the output does not fit": "ModelBehaviorError",
  "parity/agents.test.ts > forces a tool until one was used, be it the provider's": `
    ReasoningItem.id ReasoningItem.type RunReasoningItem.agent RunReasoningItem.rawItem
    RunReasoningItem.type
  `,
  "parity/agents.test.ts > forces a tool, with resetToolChoice ${resetToolChoice}": `
    ModelSettings.temperature
  `,
  "parity/agents.test.ts > keeps defaults where nothing is given": `
    Agent.handoffDescription Agent.inputGuardrails Agent.outputGuardrails Agent.outputSchemaName
    Agent.outputType Agent.resetToolChoice
  `,
  "parity/agents.test.ts > lets a compaction stand for all that was before it": `
    RunCompactionItem.agent RunCompactionItem.type
  `,
  "parity/agents.test.ts > merges the settings of the runner into those of the agent": `
    ModelSettings.maxTokens ModelSettings.topP RunConfig.modelSettings
  `,
  "parity/agents.test.ts > offers hosted tools as they are": `
    Agent.name AgentInputItem.id AgentInputItem.providerData AgentInputItem.type
    AgentOptions.name AgentOutputItem.id AgentOutputItem.providerData AgentOutputItem.type
    AssistantMessageItem.id AssistantMessageItem.providerData AssistantMessageItem.type
    FunctionCallItem.id FunctionCallItem.providerData FunctionCallItem.type
    FunctionCallResultItem.id FunctionCallResultItem.providerData FunctionCallResultItem.type
    FunctionTool.name FunctionTool.type HostedTool.name HostedTool.providerData HostedTool.type
    HostedToolCallItem.arguments HostedToolCallItem.id HostedToolCallItem.name
    HostedToolCallItem.providerData HostedToolCallItem.status HostedToolCallItem.type Tool.type
    ToolOptions.name
  `,
  "parity/agents.test.ts > offers the hosted tools that the library makes": `
    codeInterpreterTool fileSearchTool imageGenerationTool webSearchTool
  `,
  "parity/agents.test.ts > takes an empty message for an empty output": `
    ModelRequest.conversationId ModelRequest.handoffs ModelRequest.input
    ModelRequest.modelSettings ModelRequest.outputType ModelRequest.previousResponseId
    ModelRequest.systemInstructions ModelRequest.tools ModelRequest.toolsExplicitlyProvided
    RunItem.rawItem RunItem.type RunMessageOutputItem.agent RunMessageOutputItem.content
    RunMessageOutputItem.rawItem RunMessageOutputItem.type RunResult.activeAgent
    RunResult.finalOutput RunResult.history RunResult.input RunResult.inputGuardrailResults
    RunResult.interruptions RunResult.lastAgent RunResult.lastResponseId RunResult.newItems
    RunResult.output RunResult.outputGuardrailResults RunResult.rawResponses
    RunResult.runContext RunResult.state RunResult.toolInputGuardrailResults
    RunResult.toolOutputGuardrailResults Usage.inputTokens Usage.outputTokens
    Usage.requestUsageEntries Usage.requests Usage.totalTokens
  `,
  "parity/agents.test.ts > takes the last message of a response, and all its text": `
    AssistantMessageItem.role AssistantMessageItem.status FunctionCallItem.status
    FunctionCallResultItem.status
  `,
  "parity/agents.test.ts > takes the model of the agent before that of the runner": `
    ModelProvider.getModel RunConfig.model Runner Runner.run
  `,
  "parity/approvals.test.ts > refuses an item that was changed": "FunctionCallItem.arguments",
  "parity/approvals.test.ts > stays where it is without a decision": `
    RunToolApprovalItem.agent RunToolApprovalItem.arguments RunToolApprovalItem.name
    RunToolApprovalItem.rawItem RunToolApprovalItem.type
  `,
  "parity/approvals.test.ts > takes decisions made through the context": `
    FunctionCallItem.callId FunctionCallResultItem.callId RunContext.approveTool
    RunContext.getRejectionMessage RunContext.isToolApproved RunContext.rejectTool
    RunToolApprovalItem.toolName
  `,
  "parity/approvals.test.ts > tells what it stopped for until it goes on, decided or not": `
    RunState.getInterruptions
  `,
  "parity/conversations.test.ts > goes on with it in the stream and in the next run, by ${kind}": `
    IndividualRunOptions.previousResponseId run
  `,
  "parity/conversations.test.ts > keeps it from agents used as tools, by ${kind}": `
    Agent.tools AgentOptions.tools
  `,
  "parity/conversations.test.ts > refuses handoff filters, by ${kind}": `
    Handoff.inputFilter UserError
  `,
  "parity/conversations.test.ts > sends added input behind the outputs, by ${kind}": `
    RunInputItem.agent
  `,
  "parity/given-members.test.ts > a guardrail of a tool that throws, and its result": `
    ToolInputGuardrailTripwireTriggered ToolInputGuardrailTripwireTriggered.result
    ToolOutputGuardrailTripwireTriggered ToolOutputGuardrailTripwireTriggered.result
  `,
  "parity/given-members.test.ts > a session's getSessionId, getItems, addItems, popItem and clearSession": `
    IndividualRunOptions.session Session.addItems Session.clearSession Session.getItems
    Session.getSessionId Session.popItem
  `,
  "parity/given-members.test.ts > agent and agentName of a handoff": `
    Handoff.agent Handoff.agentName
  `,
  "parity/given-members.test.ts > conversationId of a run, streamed: ${stream}": `
    IndividualRunOptions.conversationId
  `,
  "parity/given-members.test.ts > guardrails of a tool, and what they are told and answer": `
    FunctionTool.inputGuardrails FunctionTool.outputGuardrails ToolGuardrailBehavior.type
    ToolGuardrailFunctionOutput.outputInfo ToolGuardrailFunctionOutputFactory
    ToolInputGuardrailData.agent ToolInputGuardrailData.context ToolInputGuardrailData.toolCall
    ToolOptions.inputGuardrails ToolOptions.outputGuardrails ToolOutputGuardrailData.agent
    ToolOutputGuardrailData.context ToolOutputGuardrailData.output
    ToolOutputGuardrailData.toolCall defineToolInputGuardrail defineToolOutputGuardrail
  `,
  "parity/given-members.test.ts > input and state of the data of an error handler": `
    RunErrorData.input RunErrorData.state
  `,
  "parity/given-members.test.ts > maxTurns and currentTurn of a stream": `
    StreamedRunResult.currentTurn StreamedRunResult.maxTurns
  `,
  "parity/given-members.test.ts > options of an agent, each where it is used": `
    AgentOptions.handoffDescription AgentOptions.inputGuardrails AgentOptions.instructions
    AgentOptions.outputGuardrails AgentOptions.outputType AgentOptions.resetToolChoice
    InputGuardrail.execute InputGuardrail.name OutputGuardrail.execute OutputGuardrail.name
  `,
  "parity/given-members.test.ts > reasoningItemIdPolicy of a runner: ${reasoningItemIdPolicy}": `
    RunConfig.reasoningItemIdPolicy
  `,
  "parity/given-members.test.ts > the handoffs of a request, member by member": `
    SerializedHandoff.inputJsonSchema SerializedHandoff.strictJsonSchema
    SerializedHandoff.toolDescription SerializedHandoff.toolName
  `,
  "parity/given-members.test.ts > the history of a state": "RunState.history",
  "parity/given-members.test.ts > the signal of a request": `
    Model.getResponse ModelRequest.signal ModelResponse.output ModelResponse.responseId
    ModelResponse.usage
  `,
  "parity/given-members.test.ts > the state of a MaxTurnsExceededError": `
    MaxTurnsExceededError.state
  `,
  "parity/given-members.test.ts > the state of a ToolTimeoutError": `
    ToolTimeoutError ToolTimeoutError.state
  `,
  "parity/given-members.test.ts > what a toolUseBehavior is told, and all that it answers": `
    FunctionToolResult.tool FunctionToolResult.type ToolsToFinalOutputResult.isFinalOutput
    ToolsToFinalOutputResult.isInterrupted
  `,
  "parity/given-tools.test.ts > are functions to whoever reads them": `
    FunctionTool.isEnabled FunctionTool.needsApproval
  `,
  "parity/given-tools.test.ts > is called with what was approved, after the approval": `
    FunctionTool.invoke
  `,
  "parity/golden.test.ts > B-9 streaming a free and a gated call": "RunRawModelStreamEvent.data",
  "parity/guardrails.test.ts > asks nobody where a guardrail rejects first": `
    ToolExecutionConfig.preApprovalInputGuardrails
  `,
  "parity/guardrails.test.ts > fails where a guardrail throws": `
    GuardrailExecutionError GuardrailExecutionError.error
  `,
  "parity/guardrails.test.ts > keeps tools from running until all input has passed": `
    GuardrailFunctionOutput.outputInfo GuardrailFunctionOutput.tripwireTriggered
  `,
  "parity/guardrails.test.ts > runs the runner's guardrails and the agent's": `
    RunConfig.inputGuardrails RunConfig.outputGuardrails
  `,
  "parity/guardrails.test.ts > trips on input before the model is asked": `
    InputGuardrail.runInParallel InputGuardrailTripwireTriggered
    InputGuardrailTripwireTriggered.result
  `,
  "parity/guardrails.test.ts > trips on output": `
    OutputGuardrailTripwireTriggered OutputGuardrailTripwireTriggered.result
  `,
  "parity/handoff-parts.test.ts > are those of a copy": "Handoff.clone",
  "parity/handoff-parts.test.ts > are what is called": "Handoff.onInvokeHandoff",
  "parity/handoffs.test.ts > filters for all handoffs of a runner that have no filter": `
    RunConfig.handoffInputFilter
  `,
  "parity/handoffs.test.ts > forces tools anew for each agent": "ModelSettings.toolChoice",
  "parity/handoffs.test.ts > goes through three agents and back": `
    Agent.handoffs AgentOptions.handoffs
  `,
  "parity/handoffs.test.ts > offers handoffs only where they are enabled": `
    Agent Handoff.isEnabled handoff
  `,
  "parity/handoffs.test.ts > shows a filter what there is, and takes what it makes": `
    HandoffInputData.inputHistory HandoffInputData.newItems HandoffInputData.preHandoffItems
    HandoffInputData.runContext
  `,
  "parity/handoffs.test.ts > takes the first of two handoffs": "Agent.model AgentOptions.model",
  "parity/handoffs.test.ts > tells the model what was transferred": `
    Handoff.toolDescription Handoff.toolName getHandoff getTransferMessage
  `,
  "parity/hooks.test.ts > stops telling listeners that were taken off": `
    Agent.off Agent.on Agent.once
  `,
  "parity/limits.test.ts > fails all the same where a handler has no output": `
    IndividualRunOptions.maxTurns
  `,
  "parity/limits.test.ts > keeps a handler's output out of the history where it says so": `
    RunErrorHandlerResult.includeInHistory
  `,
  "parity/limits.test.ts > keeps its limit over a pause": "RunState.approve",
  "parity/limits.test.ts > lets a handler end a run that has no turns left": `
    RunErrorData.history RunErrorData.lastAgent RunErrorData.newItems RunErrorData.output
    RunErrorData.rawResponses
  `,
  "parity/limits.test.ts > lets handlers end a run that has no proper output": `
    RunErrorHandlerResult.finalOutput
  `,
  "parity/limits.test.ts > rejects when its signal aborts": "IndividualRunOptions.signal",
  "parity/limits.test.ts > streams what a handler ends a run with": `
    StreamedRunResult.activeAgent StreamedRunResult.cancelled StreamedRunResult.completed
    StreamedRunResult.error StreamedRunResult.finalOutput StreamedRunResult.history
    StreamedRunResult.input StreamedRunResult.inputGuardrailResults
    StreamedRunResult.interruptions StreamedRunResult.lastAgent StreamedRunResult.lastResponseId
    StreamedRunResult.newItems StreamedRunResult.output StreamedRunResult.outputGuardrailResults
    StreamedRunResult.rawResponses StreamedRunResult.runContext StreamedRunResult.state
    StreamedRunResult.toolInputGuardrailResults StreamedRunResult.toolOutputGuardrailResults
  `,
  "parity/limits.test.ts > throws when the turns are used up": "MaxTurnsExceededError",
  "parity/members.test.ts > adds outputTokensDetails, endpoint and requestUsageEntries": `
    RequestUsage.endpoint RequestUsage.outputTokensDetails Usage.outputTokensDetails
    UsageInput.outputTokensDetails UsageInput.requestUsageEntries UsageInput.total_tokens
  `,
  "parity/members.test.ts > answer whoever asks them": `
    Agent.getAllTools Agent.getEnabledHandoffs Agent.getMcpTools Agent.getSystemPrompt
    Agent.processFinalOutput Agent.toJSON Handoff.inputJsonSchema Handoff.strictJsonSchema
    Tool.name
  `,
  "parity/members.test.ts > are JSON with toJSON": `
    RunCompactionItem.rawItem RunCompactionItem.toJSON RunHandoffCallItem.toJSON
    RunHandoffOutputItem.toJSON RunInputItem.rawItem RunInputItem.toJSON RunInputItem.type
    RunItem.toJSON RunMessageOutputItem.toJSON RunReasoningItem.toJSON
    RunToolApprovalItem.toJSON RunToolCallItem.toJSON RunToolCallOutputItem.toJSON
  `,
  "parity/members.test.ts > are kept as they were given": `
    FunctionCallItem.caller FunctionCallItem.name FunctionCallItem.namespace
    FunctionCallResultItem.caller FunctionCallResultItem.name FunctionCallResultItem.namespace
    HostedToolCallItem.output ReasoningItem.content ReasoningItem.providerData
    ReasoningItem.rawContent SystemMessageItem.content SystemMessageItem.id
    SystemMessageItem.providerData SystemMessageItem.role SystemMessageItem.type
    UserMessageItem.content UserMessageItem.id UserMessageItem.providerData UserMessageItem.role
    UserMessageItem.type user
  `,
  "parity/members.test.ts > are told of agent_start, agent_end, agent_handoff, agent_tool_start, agent_tool_end": `
    AgentHookEvents.agent_end AgentHookEvents.agent_handoff AgentHookEvents.agent_start
    AgentHookEvents.agent_tool_end AgentHookEvents.agent_tool_start RunHookEvents.agent_end
    RunHookEvents.agent_handoff RunHookEvents.agent_start RunHookEvents.agent_tool_end
    RunHookEvents.agent_tool_start
  `,
  "parity/members.test.ts > defineOutputGuardrail": `
    OutputGuardrailDefinition.guardrailFunction OutputGuardrailDefinition.name
    OutputGuardrailDefinition.run OutputGuardrailDefinition.type defineOutputGuardrail
  `,
  "parity/members.test.ts > events and items of unknown kinds pass with id and providerData": `
    Model.getStreamedResponse ResponseStreamEvent.providerData ResponseStreamEvent.type
    RunRawModelStreamEvent.type RunStreamEvent.type StreamEvent.providerData StreamEvent.type
    UnknownItem.id UnknownItem.providerData UnknownItem.type
  `,
  "parity/members.test.ts > has a behavior and an outputInfo": `
    ToolGuardrailFunctionOutput.behavior
  `,
  "parity/members.test.ts > have their class and their state: ${name}": `
    AgentsError AgentsError.state GuardrailExecutionError.state
    InputGuardrailTripwireTriggered.state ModelBehaviorError.state ModelRefusalError.state
    OutputGuardrailTripwireTriggered.state ToolInputGuardrailTripwireTriggered.state
    ToolOutputGuardrailTripwireTriggered.state UserError.state
  `,
  "parity/members.test.ts > of agents and runners take on, once and off, and what emit tells": `
    Agent.emit Runner.emit Runner.off Runner.on Runner.once
  `,
  "parity/members.test.ts > of events": `
    RunAgentUpdatedStreamEvent RunItemStreamEvent RunRawModelStreamEvent
  `,
  "parity/members.test.ts > of items": `
    RunCompactionItem RunHandoffCallItem RunHandoffOutputItem RunInputItem RunMessageOutputItem
    RunReasoningItem RunToolCallItem RunToolCallOutputItem
  `,
  "parity/members.test.ts > phase of an answer, and namespace of a call": `
    AssistantMessageItem.phase
  `,
  "parity/members.test.ts > providerData of text and image that a tool gives": `
    ToolOutputImage.providerData ToolOutputText.providerData
  `,
  "parity/members.test.ts > requestId and providerData of a response, and signal and tracing of a request": `
    ModelRequest.tracing ModelResponse.providerData ModelResponse.requestId
    RunConfig.tracingDisabled RunConfig.workflowName Runner.config
  `,
  "parity/members.test.ts > say their toolName and callId, and by executionStatus if a tool ran": `
    RunToolCallItem.callId RunToolCallItem.toolName RunToolCallOutputItem.callId
    RunToolCallOutputItem.executionStatus
  `,
  "parity/members.test.ts > setDefaultModelProvider": "setDefaultModelProvider",
  "parity/members.test.ts > toJSON of a state gives what fromString takes as text": `
    RunState.toJSON
  `,
  "parity/members.test.ts > toolErrorFormatter and what its runContext has": `
    ToolErrorFormatterArgs.runContext
  `,
  "parity/members.test.ts > toolExecution, toolNotFoundBehavior, errorHandlers and their default, of runner and run": `
    IndividualRunOptions.errorHandlers IndividualRunOptions.toolExecution
    RunConfig.toolExecution RunConfig.toolNotFoundBehavior RunErrorHandlers.default
  `,
  "parity/members.test.ts > toolInput of the context of an agent used as a tool": `
    RunContext.toolInput
  `,
  "parity/nested-settings.test.ts > filter what its model is sent, in ${where}": `
    RunConfig.callModelInputFilter
  `,
  'parity/nested-settings.test.ts > guard its input${trips ? ", and stop it" : ""}': `
    AgentToolOptions.runConfig
  `,
  "parity/provider.test.ts > MemorySession: getSessionId, getItems, addItems, popItem, clearSession": `
    MemorySession MemorySession.addItems MemorySession.clearSession MemorySession.getItems
    MemorySession.getSessionId MemorySession.popItem
  `,
  "parity/provider.test.ts > OpenAIConversationsSession keeps ids of reasoning, by preserveReasoningItemIdsForPersistence": `
    OpenAIConversationsSession.preserveReasoningItemIdsForPersistence
  `,
  "parity/provider.test.ts > OpenAIConversationsSession, by apiKey, baseURL, organization and project": `
    OpenAIConversationsSessionOptions.apiKey OpenAIConversationsSessionOptions.baseURL
    OpenAIConversationsSessionOptions.organization OpenAIConversationsSessionOptions.project
  `,
  "parity/provider.test.ts > OpenAIConversationsSession, by client": `
    OpenAIConversationsSessionOptions.client
  `,
  "parity/provider.test.ts > OpenAIConversationsSession, by conversationId and sessionId": `
    OpenAIConversationsSession.sessionId OpenAIConversationsSessionOptions.conversationId
  `,
  "parity/provider.test.ts > OpenAIConversationsSession: getSessionId, getItems, addItems, popItem, clearSession, prepareHistoryItemForModelInput": `
    OpenAIConversationsSession OpenAIConversationsSession.addItems
    OpenAIConversationsSession.clearSession OpenAIConversationsSession.getItems
    OpenAIConversationsSession.getSessionId OpenAIConversationsSession.popItem
    OpenAIConversationsSession.prepareHistoryItemForModelInput
  `,
  "parity/provider.test.ts > are combined with input by sessionInputCallback of the ${where}": `
    IndividualRunOptions.sessionInputCallback RunConfig.sessionInputCallback
  `,
  "parity/provider.test.ts > are sent as the original sends them: %s": `
    ModelSettings.contextManagement ModelSettings.frequencyPenalty
    ModelSettings.parallelToolCalls ModelSettings.presencePenalty
    ModelSettings.promptCacheOptions ModelSettings.promptCacheRetention
    ModelSettings.providerData ModelSettings.reasoning ModelSettings.store ModelSettings.text
    ModelSettings.truncation
  `,
  "parity/provider.test.ts > have a say in what models are sent, by prepareHistoryItemForModelInput": `
    Session.prepareHistoryItemForModelInput
  `,
  "parity/provider.test.ts > may keep what they were given, with preserveInputIdentity": `
    CallModelInputFilter.preserveInputIdentity IndividualRunOptions.callModelInputFilter
  `,
  "parity/provider.test.ts > preserveReasoningItemIdsForPersistence and prepareHistoryItemsForPersistenceComparison: ${preserves}": `
    Session.prepareHistoryItemsForPersistenceComparison
    Session.preserveReasoningItemIdsForPersistence
  `,
  "parity/provider.test.ts > replaceHistoryWithCompaction": "Session.replaceHistoryWithCompaction",
  "parity/reload.test.ts > gives its history as input for the next run": "system",
  "parity/reload.test.ts > keeps context and usage in the text": "RunState.usage",
  "parity/reload.test.ts > loads with a context of the caller's own": `
    RunState.fromStringWithContext
  `,
  "parity/reload.test.ts > reloads between two decisions": `
    RunState RunState.fromString RunState.toString
  `,
  "parity/retries.test.ts > are asked again as they advise, by suggested and replaySafety: ${way}": `
    ModelRetryAdvice.reason ModelRetryAdvice.replaySafety ModelRetryAdvice.retryAfterMs
    ModelRetryAdvice.suggested
  `,
  "parity/retries.test.ts > are asked again, by ${name}; streamed: ${stream}": `
    ModelRetryAdvice.normalized ModelRetryBackoffSettings.initialDelayMs
    ModelRetryBackoffSettings.jitter ModelRetryBackoffSettings.maxDelayMs
    ModelRetryBackoffSettings.multiplier ModelRetrySettings.backoff
    ModelRetrySettings.maxRetries ModelRetrySettings.policy ModelSettings.retry retryPolicies
  `,
  "parity/retries.test.ts > end with a ModelTimeoutError after timeoutMs; streamed: ${stream}": `
    ModelSettings.timeoutMs ModelTimeoutError ModelTimeoutError.cause ModelTimeoutError.code
    ModelTimeoutError.state ModelTimeoutError.timeoutMs
  `,
  "parity/retries.test.ts > tell a policy what is known": `
    ModelRetryAdvice.responseStarted ModelRetryNormalizedError.errorCode
    ModelRetryNormalizedError.isAbort ModelRetryNormalizedError.isNetworkError
    ModelRetryNormalizedError.retryAfterMs ModelRetryNormalizedError.statusCode
    RetryPolicyContext.attempt RetryPolicyContext.conversationId RetryPolicyContext.error
    RetryPolicyContext.maxRetries RetryPolicyContext.normalized
    RetryPolicyContext.previousResponseId RetryPolicyContext.providerAdvice
    RetryPolicyContext.replaySafety RetryPolicyContext.responseStarted
    RetryPolicyContext.statefulRequest RetryPolicyContext.stream
  `,
  "parity/retries.test.ts > tell their getRetryAdvice what failed": `
    Model.getRetryAdvice ModelRetryAdviceRequest.attempt ModelRetryAdviceRequest.error
    ModelRetryAdviceRequest.request ModelRetryAdviceRequest.stream
  `,
  "parity/run-options.test.ts > adds input while it waits": `
    RunState.addInput RunState.pendingInput
  `,
  "parity/run-options.test.ts > adds up usage by request, with details": `
    RequestUsage.inputTokens RequestUsage.inputTokensDetails RequestUsage.outputTokens
    RequestUsage.totalTokens Usage Usage.add Usage.inputTokensDetails UsageInput.inputTokens
    UsageInput.inputTokensDetails UsageInput.outputTokens UsageInput.requests
    UsageInput.totalTokens
  `,
  "parity/run-options.test.ts > filters what the model is sent": `
    Agent.instructions ModelInputData.instructions
  `,
  "parity/run-options.test.ts > keeps the instructions where a filter says none": `
    ModelInputData.input
  `,
  "parity/run-options.test.ts > lets tools, policies and instructions share and change a context": `
    IndividualRunOptions.context RunContext.context
  `,
  "parity/run-options.test.ts > takes a RunContext for a context": "RunContext RunContext.usage",
  "parity/run-options.test.ts > takes added input back": "RunState.clearPendingInput",
  "parity/run-options.test.ts > words rejections with a function, where they have no text": `
    RunConfig.toolErrorFormatter RunState.reject ToolErrorFormatterArgs.callId
    ToolErrorFormatterArgs.defaultMessage ToolErrorFormatterArgs.toolType
  `,
  "parity/run-options.test.ts > words unknown tools with a function": `
    IndividualRunOptions.toolErrorFormatter ToolErrorFormatterArgs.kind
    ToolErrorFormatterArgs.toolName
  `,
  "parity/server-history.test.ts > is the same: $name ($kind, streamed: $stream, reloaded: $reloads)": `
    FunctionCallResultItem.output
  `,
  "parity/small-options.test.ts > are sent for models of these names": "RunConfig.modelProvider",
  "parity/small-options.test.ts > end a run where toolNameCollisionPolicy of run or runner is error": `
    IndividualRunOptions.toolNameCollisionPolicy RunConfig.toolNameCollisionPolicy
  `,
  "parity/small-options.test.ts > is what a builder makes of it": `
    AgentToolOptions.includeInputSchema AgentToolOptions.inputBuilder
  `,
  "parity/small-options.test.ts > messages with data for the provider": "assistant",
  "parity/small-options.test.ts > reasoning items: ${reasoningItemIdPolicy} their ids": `
    IndividualRunOptions.reasoningItemIdPolicy
  `,
  "parity/small-options.test.ts > usage in the API's spelling": `
    Usage.fromJSON UsageInput.input_tokens UsageInput.input_tokens_details
    UsageInput.output_tokens UsageInput.output_tokens_details UsageInput.request_usage_entries
  `,
  "parity/streaming.test.ts > gives its events as a web stream": "StreamedRunResult.toStream",
  "parity/streaming.test.ts > is complete although nobody looks at the events": `
    RunToolCallItem.agent RunToolCallItem.rawItem RunToolCallItem.type
    RunToolCallOutputItem.agent RunToolCallOutputItem.output RunToolCallOutputItem.rawItem
    RunToolCallOutputItem.type
  `,
  "parity/streaming.test.ts > streams a handoff": `
    RunState.currentAgent StreamedRunResult.currentAgent
  `,
  "parity/streaming.test.ts > streams a run without tools": "extractAllTextOutput",
  "parity/streaming.test.ts > streams text alone": "StreamedRunResult.toTextStream",
  "parity/streaming.test.ts > streams what a rejection leads to": `
    IndividualRunOptions.stream RunAgentUpdatedStreamEvent.agent RunAgentUpdatedStreamEvent.type
    RunItemStreamEvent.item RunItemStreamEvent.type
  `,
  "parity/tools.test.ts > fails the run where a timeout is an exception": `
    FunctionTool.timeoutBehavior ToolOptions.timeoutBehavior
  `,
  "parity/tools.test.ts > fails the run where a tool has no words for failures": `
    ToolCallError.state
  `,
  "parity/tools.test.ts > fails the run where arguments do not fit and nobody words it": `
    FunctionTool.errorFunction ToolCallError ToolCallError.error ToolOptions.errorFunction
  `,
  "parity/tools.test.ts > lets a tool word its own timeout": `
    FunctionTool.timeoutErrorFunction FunctionTool.timeoutMs ToolOptions.timeoutErrorFunction
    ToolOptions.timeoutMs ToolTimeoutError.timeoutMs ToolTimeoutError.toolName
  `,
  "parity/tools.test.ts > makes structured outputs of images and files": `
    SerializedTool.type ToolOutputImage.detail ToolOutputImage.image ToolOutputImage.type
    ToolOutputText.text ToolOutputText.type
  `,
  "parity/tools.test.ts > names tools as models allow, after their function if need be": `
    FunctionTool.description FunctionTool.parameters SerializedTool.name ToolOptions.description
    ToolOptions.execute ToolOptions.parameters tool
  `,
  "parity/tools.test.ts > offers tools only where they are enabled": "ToolOptions.isEnabled",
  "parity/tools.test.ts > runs at most so many tools at once": `
    ToolExecutionConfig.maxFunctionToolConcurrency
  `,
  "parity/tools.test.ts > takes a JSON Schema, strict and not": `
    FunctionTool.strict ToolOptions.strict
  `,
  "parity/tools.test.ts > tells the model of a tool that nobody knows, where that is wanted": `
    IndividualRunOptions.toolNotFoundBehavior
  `,
  "parity/typed/approvals.ts": "RunResult RunToolApprovalItem",
  "parity/typed/context.ts": "Tool",
  "parity/typed/guardrails.ts": "InputGuardrail OutputGuardrail",
  "parity/typed/models.ts": `
    AgentInputItem AssistantMessageItem Model ModelProvider ModelRequest ModelResponse
    ModelSettings Session StreamEvent
  `,
  "parity/typed/names.ts": `
    AgentHookEvents AgentOptions AgentOutputItem AgentToolOptions CallModelInputFilter
    FunctionCallItem FunctionCallResultItem FunctionTool FunctionToolResult
    FunctionToolTimeoutBehavior GuardrailFunctionOutput HostedTool HostedToolCallItem
    IndividualRunOptions InputGuardrailFunction JsonSchemaDefinition ModelInputData
    ModelRetryAdvice ModelRetryAdviceRequest ModelRetryBackoffSettings ModelRetryNormalizedError
    ModelRetrySettings ModelSettingsToolChoice OpenAIConversationsSessionOptions
    OutputGuardrailDefinition OutputGuardrailFunction ReasoningItem ReasoningItemIdPolicy
    RequestUsage ResponseStreamEvent RetryDecision RetryPolicy RetryPolicyContext RunConfig
    RunErrorData RunErrorHandler RunErrorHandlerResult RunErrorHandlers RunErrorKind
    RunHookEvents SerializedHandoff SerializedOutputType SerializedTool SessionInputCallback
    SystemMessageItem TextOutput ToolEnabledFunction ToolErrorFormatter ToolErrorFormatterArgs
    ToolErrorKind ToolExecutionConfig ToolGuardrailBehavior ToolGuardrailFunctionOutput
    ToolInputGuardrailData ToolInputGuardrailFunction ToolNameCollisionPolicy
    ToolNotFoundBehavior ToolOptions ToolOutputGuardrailData ToolOutputGuardrailFunction
    ToolOutputImage ToolOutputText ToolToFinalOutputFunction ToolUseBehavior
    ToolsToFinalOutputResult UnknownContext UnknownItem UsageInput UserMessageItem
  `,
  "parity/typed/outputs.ts": "AgentOutputType Handoff HandoffInputData",
  "parity/typed/streaming.ts": "RunItem RunStreamEvent StreamedRunResult",
  "parity/user-functions.test.ts > are told to the agent above: customOutputExtractor": `
    AgentToolOptions.customOutputExtractor
  `,
};

/** By the test of the error that refuses it. */
export const refused: Table = {
  "parity/given-tools.test.ts > are refused for %s": `
    FunctionTool.allowedCallers FunctionTool.customDataExtractor FunctionTool.deferLoading
    FunctionTool.outputSchema FunctionTool.providerData
  `,
  "parity/nested-settings.test.ts > are refused by name where nothing would come of them: %o": `
    AgentToolOptions.onStreamMaxPendingEvents AgentToolOptions.resumeState
  `,
  "parity/own-lists.test.ts > are refused with a %s of their own, which nobody would ask": `
    Agent.getPrompt
  `,
  "parity/small-options.test.ts > are refused by name: %s": `
    Agent.mcpConfig AgentOptions.handoffOutputTypeWarningEnabled AgentOptions.mcpConfig
    AgentOptions.mcpServers AgentOptions.prompt RunConfig.groupId
    RunConfig.outputGuardrailBlockedMessage RunConfig.sandbox RunConfig.traceId
    RunConfig.traceIncludeSensitiveData RunConfig.traceMetadata RunConfig.tracing
    ToolOptions.allowedCallers ToolOptions.customDataExtractor ToolOptions.deferLoading
    ToolOptions.outputSchema ToolOptions.providerData
  `,
  "parity/small-options.test.ts > are refused for one run: %s": `
    IndividualRunOptions.outputGuardrailBlockedMessage IndividualRunOptions.sandbox
    IndividualRunOptions.tracing
  `,
  "parity/small-options.test.ts > are refused where a model would ask: modelSettings: %s": `
    ModelSettings.preserveRawUsage
  `,
  "parity/small-options.test.ts > are refused where they were set later: %s": `
    Agent.mcpServers Agent.prompt
  `,
  "parity/small-options.test.ts > are refused with what a model has for them: supportsPromptModelSelection": `
    Model.supportsPromptModelSelection ModelRequest.overridePromptModel
    ModelRequest.prompt
  `,
};

/** By the sentence that says what to do, which the documentation has. */
export const notHere: Table = {
  "An item is written to a session once: what the original's runner asks of a session to rewrite its history is not asked.": `
    applySessionHistoryMutations SessionHistoryMutation SessionHistoryTransaction
    MemorySession.applyHistoryMutations MemorySession.applyHistoryTransaction
    OpenAIConversationsSession.prepareHistoryItemsForPersistenceComparison
    OpenAIConversationsSession.replaceHistoryWithCompaction SessionHistoryAppendItemsTransaction
    SessionHistoryReplaceSuffixTransaction SessionHistoryRewriteArgs
    SessionHistoryRewriteAwareSession SessionHistoryTransactionArgs
    SessionHistoryTransactionAwareSession isSessionHistoryRewriteAwareSession
    isSessionHistoryTransactionAwareSession
  `,
  "Computer use is not built: a tool of your own that is gated does the same step by step.": `
    computerTool Computer ComputerCallResultItem ComputerOnSafetyCheckFunction
    ComputerSafetyCheck ComputerSafetyCheckResult ComputerTool ComputerToolCustomDataContext
    ComputerToolCustomDataExtractor ComputerUseCallItem
  `,
  "Models of OpenAI are made with createResponsesModel and createChatModel, which take a client, a key and an address.": `
    OpenAIProvider setDefaultOpenAIKey setDefaultOpenAIClient
    OPENAI_CHAT_COMPLETIONS_RAW_MODEL_EVENT_SOURCE OPENAI_DEFAULT_MODEL_ENV_VARIABLE_NAME
    OPENAI_RESPONSES_RAW_MODEL_EVENT_SOURCE OpenAIChatCompletionsModel
    OpenAIChatCompletionsModelOptions OpenAIChatCompletionsRawModelStreamEvent OpenAIClient
    OpenAIProviderOptions OpenAIRawModelEventSource OpenAIResponsesCompactionArgs
    OpenAIResponsesCompactionAwareSession OpenAIResponsesCompactionDecisionContext
    OpenAIResponsesCompactionMode OpenAIResponsesCompactionOwnershipAwareSession
    OpenAIResponsesCompactionResult OpenAIResponsesCompactionSession
    OpenAIResponsesCompactionSessionOptions OpenAIResponsesModel
    OpenAIResponsesRawModelStreamEvent OpenAIResponsesWSModel OpenAIResponsesWebSocketOptions
    ResponsesWebSocketSession ResponsesWebSocketSessionOptions getDefaultModel
    getDefaultModelSettings getDefaultOpenAIClient gpt5ReasoningSettingsRequired isGpt5Default
    isOpenAIChatCompletionsRawModelStreamEvent isOpenAIResponsesCompactionAwareSession
    isOpenAIResponsesCompactionOwnershipAwareSession isOpenAIResponsesRawModelStreamEvent
    setOpenAIAPI setOpenAIResponsesTransport startOpenAIConversationsSession
    withResponsesWebSocketSession
  `,
  "Programmatic tool calling is not built: a call that no model made by itself cannot be shown to anybody.": `
    programmaticToolCallingTool HostedToolCallItem.caller ProgramCallItem ProgramCallResultItem
    ProgrammaticToolCallingTool ToolAllowedCaller ToolAllowedCallers ToolCaller
  `,
  "Realtime and voice agents are not built: this library runs agents that work in turns.": `
    realtime
  `,
  "Shell tools are not built: write a gated tool that runs the commands that you allow.": `
    shellTool ShellTool Shell ShellAction ShellCallItem ShellCallResultItem ShellOutputResult
    ShellResult ShellToolContainerAutoEnvironment ShellToolContainerNetworkPolicy
    ShellToolContainerNetworkPolicyAllowlist ShellToolContainerNetworkPolicyDisabled
    ShellToolContainerNetworkPolicyDomainSecret ShellToolContainerReferenceEnvironment
    ShellToolContainerSkill ShellToolEnvironment ShellToolHostedEnvironment ShellToolInlineSkill
    ShellToolInlineSkillSource ShellToolLocalEnvironment ShellToolLocalSkill
    ShellToolSkillReference
  `,
  "The apply_patch tool is not built: write a gated tool that changes files.": `
    applyPatchTool ApplyPatchCallItem ApplyPatchCallResultItem ApplyPatchOperation
    ApplyPatchResult ApplyPatchTool ApplyPatchToolCustomDataContext
    ApplyPatchToolCustomDataExtractor Editor EditorInvocationContext applyDiff
  `,
  "The original's runner keeps its own books with it; programs have no use for it.": `
    Agent.DEFAULT_MODEL_PLACEHOLDER Agent.hasExplicitToolConfig Handoff.getHandoffAsFunctionTool
    RunState.clearPendingAgentToolRun RunState.clearTrace RunState.getPendingAgentToolRun
    RunState.hasPendingAgentToolRun RunState.resetTurnPersistence RunState.rewindTurnPersistence
    RunState.setConversationContext RunState.setCurrentAgent RunState.setCurrentAgentSpan
    RunState.setPendingAgentToolRun RunState.setReasoningItemIdPolicy
  `,
  "There is no client for MCP servers by these names: use mcpTools({ servers }) in toolProviders, whose tools can be gated by rules.": `
    MCPServerStdio hostedMcpTool connectMcpServers GetAllMcpToolsOptions HostedMCPTool
    MCPBlobResourceContent MCPCallToolOptions MCPListResourceTemplatesResult
    MCPListResourcesParams MCPListResourcesResult MCPListToolsSpanData MCPReadResourceResult
    MCPResource MCPResourceContent MCPResourceTemplate MCPServer MCPServerSSE
    MCPServerStreamableHttp MCPServerWithResources MCPServers MCPServersOptions
    MCPServersReconnectOptions MCPTextResourceContent MCPToolCacheKeyGenerator
    MCPToolCustomDataContext MCPToolCustomDataExtractor MCPToolErrorFunction
    MCPToolFilterCallable MCPToolFilterContext MCPToolFilterStatic MCPToolMetaContext
    MCPToolMetaResolver createMCPListToolsSpan createMCPToolStaticFilter getAllMcpTools
    mcpToFunctionTool withMCPListToolsSpan
  `,
  "There is no tracing yet: a run is its journal, which audit and export show.": `
    withTrace addTraceProcessor setTracingDisabled AgentSpanData BatchTraceProcessor
    ConsoleSpanExporter CustomSpanData FunctionSpanData GenerationSpanData GenerationUsageData
    GuardrailSpanData HandoffSpanData MultiTracingProcessor NoopSpan NoopTrace
    OpenAITracingExporter OpenAITracingExporterOptions ResponseSpanData Span SpanData SpanError
    SpanOptions TaskSpanData TaskUsageData Trace TraceContextSnapshot TraceProvider
    TraceProviderOptions TracingConfig TracingContextStorage TracingExporter TracingIdGenerator
    TracingProcessor TurnSpanData TurnUsageData createAgentSpan createCustomSpan
    createFunctionSpan createGenerationSpan createGuardrailSpan createHandoffSpan
    createResponseSpan createTaskSpan createTurnSpan defaultTracingIdGenerator dispatchSpan
    dispatchSpanEnd dispatchSpanStart dispatchTrace generateGroupId generateSpanId
    generateTraceId getCurrentSpan getCurrentTrace getCurrentTraceContext getGlobalTraceProvider
    getOrCreateTrace resetCurrentSpan setCurrentSpan setDefaultOpenAITracingExporter
    setTraceProcessors setTracingContextStorage setTracingExportApiKey setTracingIdGenerator
    startTraceExportLoop withAgentSpan withCustomSpan withFunctionSpan withGenerationSpan
    withGuardrailSpan withHandoffSpan withResponseSpan withTaskSpan withTraceContext
    withTurnSpan
  `,
  "Tool search and tool namespaces are not built: give the agent the tools that it needs.": `
    toolSearchTool toolNamespace ClientToolSearchExecutor ClientToolSearchExecutorArgs
    ClientToolSearchExecutorResult RunState.getToolSearchRuntimeTools
    RunState.getToolSearchRuntimeToolsForOutput RunState.recordToolSearchRuntimeTools
    RunToolSearchCallItem RunToolSearchOutputItem ToolNamespaceOptions ToolReference
    ToolSearchCallArguments ToolSearchCallItem ToolSearchOutputItem ToolSearchOutputTool
    ToolSearchTool attachClientToolSearchExecutor getClientToolSearchExecutor
    getToolSearchRuntimeToolKey
  `,
  "Types and helpers of these names are not exported yet: TypeScript infers the types where options are given.": `
    AgentConfiguration protocol getLogger AgentConfigWithHandoffs AgentHooks AgentTool
    AgentToolInvocation AgentToolOptionsWithDefault AgentToolOptionsWithParameters
    CallModelInputFilterArgs CallToolResult CallToolResultContent
    CompletedAgentToolInvocationRunResult FunctionToolCustomDataContext
    FunctionToolCustomDataExtractor HandoffCloneOptions HandoffEnabledFunction
    InputGuardrailFunctionArgs InputGuardrailMetadata InputGuardrailResult
    InvalidToolOutputError ModelSettingsContextManagement NonStreamRunOptions
    OutputGuardrailBlockedMessageArgs OutputGuardrailBlockedMessageFormatter
    OutputGuardrailFunctionArgs OutputGuardrailMetadata OutputGuardrailResult RequestUsageInput
    RunContextAwareSession RunErrorHandlerInput RuntimeEventEmitter StandardSchemaWithJSON
    StreamEventGenericItem StreamEventResponseCompleted StreamEventResponseStarted
    StreamEventTextStream StreamRunOptions SystemError ToolCallOutputContent
    ToolCallStructuredOutput ToolExecuteArgument ToolGuardrailMetadata
    ToolInputGuardrailDefinition ToolInputGuardrailResult ToolInputParameters
    ToolOptionsWithGuardrails ToolOutputCustomData ToolOutputErrorContext ToolOutputFileContent
    ToolOutputGuardrailDefinition ToolOutputGuardrailResult ToolOutputSchema
    ToolTimeoutErrorFunction ToolUseBehaviorFlags invalidateServerToolsCache invokeFunctionTool
    isRunContextAwareSession resolveToolInputGuardrails resolveToolOutputGuardrails
    runToolInputGuardrails runToolOutputGuardrails setSensitiveDataLoggingEnabled
  `,
  "Voice agents are not built, so there are no spans of them.": `
    createSpeechSpan withSpeechSpan SpeechGroupSpanData SpeechSpanData TranscriptionSpanData
    createSpeechGroupSpan createTranscriptionSpan withSpeechGroupSpan withTranscriptionSpan
  `,
  "What the original adds to results is not there: read the item itself, or keep what you need in your context.": `
    RunResult.agentToolInvocation RunContext.toJSON FunctionToolResult.runItem
    ModelResponse.rawUsage RequestUsage.fromJSON RunInputItem.inputId
    RunRawModelStreamEvent.source RunToolCallOutputItem.customData
    StreamedRunResult.agentToolInvocation
  `,
};
