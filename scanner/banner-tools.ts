/** Common consent tools by their selectors, and the words on buttons in Danish and English. Data only. */

export type Tool = {
  readonly name: string
  /** The layer that asks. */
  readonly root: string
  readonly accept: string
  readonly reject: string
  /** Leads to the second layer. */
  readonly settings?: string
  /** Opens the choice again later. */
  readonly control?: string
}

export const TOOLS: readonly Tool[] = [
  {
    name: 'indsigt',
    root: 'form[action$="/indsigt/choice"]',
    accept: 'form[action$="/indsigt/choice"] [name=method][value=accept]',
    reject: 'form[action$="/indsigt/choice"] :is([name=method][value=reject],[name=method][value=withdraw])',
    control: 'a[href*="/indsigt/choice"]',
  },
  {
    name: 'Cookiebot',
    root: '#CybotCookiebotDialog',
    accept: '#CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll,#CybotCookiebotDialogBodyButtonAccept',
    reject: '#CybotCookiebotDialogBodyButtonDecline,#CybotCookiebotDialogBodyLevelButtonLevelOptinDeclineAll',
    settings: '#CybotCookiebotDialogNavDetails',
    control: '#CookiebotWidget button,[href*="Cookiebot.renew"],[onclick*="Cookiebot.renew"]',
  },
  {
    name: 'OneTrust',
    root: '#onetrust-banner-sdk,#onetrust-pc-sdk',
    accept: '#onetrust-accept-btn-handler,#accept-recommended-btn-handler',
    reject: '#onetrust-reject-all-handler,.ot-pc-refuse-all-handler',
    settings: '#onetrust-pc-btn-handler',
    control: '#ot-sdk-btn,.ot-sdk-show-settings,#ot-sdk-btn-floating button',
  },
  {
    name: 'cookieconsent',
    root: '#cc-main .cm,#cc-main .pm',
    accept: '#cc-main [data-role=all]',
    reject: '#cc-main [data-role=necessary]',
    settings: '#cc-main [data-role=show]',
    control: '[data-cc=show-preferencesModal],[data-cc=c-settings]',
  },
  {
    name: 'Osano',
    root: '.osano-cm-window,.cc-window',
    accept: '.osano-cm-accept-all,.osano-cm-accept,.cc-window .cc-allow,.cc-window .cc-dismiss',
    reject: '.osano-cm-denyAll,.osano-cm-deny,.cc-window .cc-deny',
    control: '.osano-cm-widget,.cc-revoke',
  },
  {
    name: 'Klaro',
    root: '.klaro .cookie-notice,.klaro .cookie-modal',
    accept: '.klaro .cm-btn-success,.klaro .cm-btn-accept-all',
    reject: '.klaro .cn-decline,.klaro .cm-btn-decline',
    settings: '.klaro .cn-learn-more,.klaro .cm-link',
  },
  {
    name: 'tarteaucitron',
    root: '#tarteaucitronAlertBig,#tarteaucitron',
    accept: '#tarteaucitronPersonalize2,#tarteaucitronAllAllowed',
    reject: '#tarteaucitronAllDenied2,#tarteaucitronAllDenied',
    settings: '#tarteaucitronCloseAlert',
    control: '#tarteaucitronManager,#tarteaucitronIcon button',
  },
  {
    name: 'Didomi',
    root: '#didomi-host,#didomi-notice',
    accept: '#didomi-notice-agree-button,[aria-label*="agree to all" i]',
    reject: '#didomi-notice-disagree-button,.didomi-continue-without-agreeing',
    settings: '#didomi-notice-learn-more-button',
    control: '[href*="Didomi.preferences"],[onclick*="Didomi.preferences"]',
  },
  {
    name: 'Usercentrics',
    root: '#usercentrics-root,#usercentrics-cmp-ui,[data-testid=uc-default-wall]',
    accept: '[data-testid=uc-accept-all-button],#uc-btn-accept-banner,[data-action-type=accept]',
    reject: '[data-testid=uc-deny-all-button],#uc-btn-deny-banner,[data-action-type=deny]',
    settings: '[data-testid=uc-more-button],[data-action-type=more]',
    control: '[data-testid=uc-privacy-button],[onclick*="UC_UI.showSecondLayer"]',
  },
  {
    name: 'Quantcast',
    root: '#qc-cmp2-container,.qc-cmp2-container',
    accept: '.qc-cmp2-summary-buttons [mode=primary]',
    reject: '.qc-cmp2-summary-buttons [mode=secondary]:first-child,.qc-cmp2-header-links button:first-child',
    control: '#qc-cmp2-persistent-link',
  },
  {
    name: 'Sourcepoint',
    root: '.message-container,[id^=sp_message_container]',
    accept: '.sp_choice_type_11,.sp_choice_type_ACCEPT_ALL',
    reject: '.sp_choice_type_13,.sp_choice_type_REJECT_ALL,.sp_choice_type_SE',
    settings: '.sp_choice_type_12',
  },
  {
    name: 'Cookie Information',
    root: '#coiOverlay,#coi-banner-wrapper,#cookie-information-template-wrapper',
    accept: '#coiPage-1 .coi-banner__accept,.coi-banner__accept:not(#declineButton)',
    reject: '#declineButton,.coi-banner__decline,.coi-banner__lastpage .coi-banner__decline',
    settings: '.coi-banner__nextpage',
    control: '#Coi-Renew,[onclick*="CookieConsent.renew"],[onclick*="CookieInformation"]',
  },
  {
    name: 'Complianz',
    root: '.cmplz-cookiebanner',
    accept: '.cmplz-cookiebanner .cmplz-accept',
    reject: '.cmplz-cookiebanner .cmplz-deny',
    settings: '.cmplz-cookiebanner .cmplz-view-preferences',
    control: '.cmplz-manage-consent',
  },
  {
    name: 'iubenda',
    root: '#iubenda-cs-banner',
    accept: '.iubenda-cs-accept-btn',
    reject: '.iubenda-cs-reject-btn',
    settings: '.iubenda-cs-customize-btn',
    control: '.iubenda-cs-preferences-link,.iubenda-tp-btn',
  },
  {
    name: 'consentmanager',
    root: '#cmpbox,#cmpwrapper',
    accept: '#cmpbntyestxt,.cmpboxbtnyes',
    reject: '#cmpbntnotxt,.cmpboxbtnno',
    settings: '.cmpboxbtncustom',
    control: '.cmp-settings-link,[href*="cmpscreen"]',
  },
  {
    name: 'CookieYes',
    root: '.cky-consent-container,.cky-modal',
    accept: '.cky-btn-accept',
    reject: '.cky-btn-reject',
    settings: '.cky-btn-customize',
    control: '.cky-btn-revisit',
  },
]

/** Whole texts of a button or link, without case; anchored, so that a sentence in prose is no button. */
export const WORDS = {
  reject:
    '^(afvis( alle?)?( cookies)?|kun (de )?nødvendige?( cookies)?|nej( tak)?|afslå( alle)?|brug kun nødvendige( cookies)?|tillad kun nødvendige( cookies)?|accepter kun nødvendige( cookies)?|fortsæt uden at acceptere|kun nødvendige cookies|jeg afviser|reject( all)?( cookies)?|decline( all)?( cookies)?|deny( all)?|refuse( all)?( cookies)?|no,? thanks?|(only|use only|accept only|allow only) (strictly )?(necessary|essential)( cookies)?|(strictly )?(necessary|essential)( cookies)? only|continue without accepting|disagree|do not accept|i do not accept|træk( mit)? samtykke tilbage|tilbagekald( mit)? samtykke|withdraw( my)? consent)$',
  accept:
    '^(ok(ay)?|ja( tak)?|jeg accepterer|accept(er|ér)?( alle?)?( cookies)?|tillad( alle?)?( cookies)?|godkend( alle?)?( cookies)?|forstået|accepter og luk|accept( all)?( cookies)?|allow( all)?( cookies)?|agree( to all)?|i agree|i accept|got it|yes|ja, det er ok|accept (and|&) close|enable all)$',
  settings:
    '^((vis )?(flere )?(indstillinger|detaljer)|tilpas( cookies)?|cookieindstillinger|administrer( cookies| præferencer| indstillinger)?|vælg selv|flere valg|more options|(cookie )?settings|preferences|customi[sz]e|manage( cookies| preferences| options| settings)?|show details|options)$',
  save: '^(gem( valg| indstillinger)?|tillad valgte|accepter valgte|gem og luk|save( choices| preferences| settings| and close)?|confirm( my)? choices|allow selection)$',
  control:
    '(skift|ændre?|ret|tilpas|opdater|administrer|tilbagekald|træk|se|gennemse)( dit| mit)? (cookie|samtykke|valg|cookievalg)|cookie-?(indstillinger|valg|samtykke|præferencer)|(change|manage|review|withdraw|update)( my| your)? (cookie|consent|choice|privacy)|(cookie|privacy|consent) (settings|preferences|choices)|samtykkeindstillinger',
} as const

/** Words that make a piece of the page a question about cookies. */
export const TOPIC = 'cookie|samtykke|consent|sporing|tracking|privatliv|privacy|personal data|persondata'
